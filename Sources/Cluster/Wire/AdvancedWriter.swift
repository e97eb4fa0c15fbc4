// SPDX-License-Identifier: Apache-2.0

import Shared

/// Writes a length and a V8 serialization: `serialization: "advanced"`.
struct AdvancedWriter: WireWriter {
    func encode(_ message: JSONValue) -> [UInt8] {
        frame(V8Value(message))
    }

    func frame(_ raw: UnsafeRawBufferPointer) -> [UInt8] {
        Self.length(raw.count) + raw
    }

    func encodeNewConnection(key: String, sequence: Int) -> [UInt8] {
        encode([
            "cmd": "NODE_HANDLE", "type": "net.Native",
            "msg": [
                "cmd": "NODE_CLUSTER", "act": "newconn", "key": .string(key), "seq": .integer(Int64(sequence)),
            ],
        ])
    }

    func encodeConnectionAnswer(to sequence: Int, accepted: Bool, sequence own: Int) -> [UInt8] {
        encode(HandleReceipt.arrived)
            + encode([
                "cmd": "NODE_CLUSTER", "ack": .integer(Int64(sequence)), "accepted": .bool(accepted),
                "seq": .integer(Int64(own)),
            ])
    }

    func encodeMessage(json: [UInt8], handle: HandleKind?) throws(ClusterError) -> [UInt8] {
        let message = try V8Value(json: json)
        // What is written with a $type shows its cmd only now.
        guard !message.isReserved else { throw ReservedMessage.error }
        guard let handle else { return frame(message) }
        let fields = [
            ("cmd", "NODE_HANDLE"), ("type", handle.name), handle.datagramType.map { ("dgramType", $0) },
        ]
        let properties = fields.compactMap(\.self).map {
            V8Property(key: V8String($0.0), value: .string(V8String($0.1)))
        }
        return frame(.object(properties + [V8Property(key: V8String("msg"), value: message)]))
    }

    private func frame(_ value: V8Value) -> [UInt8] {
        let bytes = V8Serializer.serialize(value)
        return Self.length(bytes.count) + bytes
    }

    private static func length(_ count: Int) -> [UInt8] {
        let length = UInt32(count)
        return [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: length >> $0) }
    }
}

extension V8Value {
    fileprivate init(_ json: JSONValue) {
        switch json {
        case .null: self = .null
        case .bool(let bool): self = .bool(bool)
        case .integer(let integer): self = .number(Double(integer))
        case .number(let number): self = .number(number)
        case .string(let string): self = .string(V8String(string))
        case .array(let array): self = .array(V8Array(array.map(V8Value.init)))
        case .object(let fields):
            // In the order in which JSONWriter writes them.
            let sorted = fields.sorted { $0.key < $1.key }
            self = .object(sorted.map { V8Property(key: V8String($0.key), value: V8Value($0.value)) })
        }
    }
}
