// SPDX-License-Identifier: Apache-2.0

import FoundationEssentials
import Shared

/// Reads a length and a V8 serialization a message: `serialization: "advanced"`.
struct AdvancedReader<Frame: WireFrame>: WireReader {
    private var splitter = LengthSplitter()

    var heldBytes: Int { splitter.heldBytes }

    mutating func clear() {
        splitter = LengthSplitter()
    }

    mutating func receive(
        _ bytes: UnsafeRawBufferPointer, _ body: (Frame, _ raw: UnsafeRawBufferPointer) -> Void
    ) throws(WireError) {
        try splitter.receive(bytes) { (frame) throws(WireError) in
            let value: V8Value
            do throws(ClusterError) {
                value = try V8Deserializer.deserialize(frame)
            } catch  where error.reason == .nestedTooDeeply || error.reason == .messageTooLarge {
                // A message that Node would take, so the worker has done nothing wrong.
                return body(.message(.unreadable(error)), frame)
            } catch {
                throw WireError("a message is not a V8 serialization: \(error)")
            }
            try Self.decode(value, size: frame.count) { body($0, frame) }
        }
    }

    /// - Parameter size: of the frame, in bytes.
    private static func decode(
        _ value: V8Value, size: Int, isInside: Bool = false, _ body: (Frame) -> Void
    ) throws(WireError) {
        guard let command = value["cmd"]?.string, command.hasPrefix("NODE_"), command != "NODE_" else {
            return body(.message(.value(value)))
        }
        switch command {
        case "NODE_HANDLE":
            guard let kind = value["type"]?.string, let inner = value["msg"] else {
                throw WireError("NODE_HANDLE lacks type or msg")
            }
            // One descriptor comes with one message.
            guard !isInside else { throw WireError("a NODE_HANDLE in another") }
            try decode(inner, size: size, isInside: true) {
                body(.withHandle(kind: kind, tracker: value["key"]?.string, $0))
            }
        default:
            guard size <= maximumInternalSize, !value.nestsDeeper(than: maximumInternalLevels) else {
                guard command == "NODE_CLUSTER" else { return body(.unknown) }
                throw .clusterMessageTooLarge
            }
            if let frame = Frame.recognize(value) { body(frame) } else { body(try Frame(internalMessage(value))) }
        }
    }

    private static func internalMessage(_ value: V8Value) throws(WireError) -> InternalMessage {
        do {
            return try JSONDecoder().decode(InternalMessage.self, from: JSONEncoder().encode(JSONValue(plain: value)))
        } catch {
            throw WireError("an internal message has a field of the wrong type: \(error)")
        }
    }
}

extension V8Value {
    /// Whether this has more levels than that when it is JSON, as ``JSONValue/init(plain:)`` makes it.
    fileprivate func nestsDeeper(than levels: Int) -> Bool {
        switch self {
        case .object(let properties): levels == 0 || properties.contains { $0.value.nestsDeeper(than: levels - 1) }
        case .array(let array): levels == 0 || array.elements.contains { $0.nestsDeeper(than: levels - 1) }
        default: false
        }
    }
}

extension JSONValue {
    /// What JSON.stringify would make of an internal message: undefined values are left out, and values that JSON lacks
    /// become null.
    fileprivate init(plain value: V8Value) {
        switch value {
        case .bool(let bool): self = .bool(bool)
        case .number(let number):
            self = Int64(exactly: number).map(JSONValue.integer) ?? (number.isFinite ? .number(number) : .null)
        case .string(let string): self = .string(string.description)
        case .object(let properties):
            var fields: [String: JSONValue] = [:]
            for property in properties where property.value != .undefined {
                fields[property.key.description] = JSONValue(plain: property.value)
            }
            self = .object(fields)
        case .array(let array): self = .array(array.elements.map(JSONValue.init(plain:)))
        default: self = .null
        }
    }
}
