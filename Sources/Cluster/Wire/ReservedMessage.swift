// SPDX-License-Identifier: Apache-2.0

import Shared

/// Messages that belong to the wire: an object whose `cmd` is a string that begins with `NODE_` and is longer. Node
/// takes such a message for its own (`lib/internal/child_process.js`, `isInternal`), so a program that sends one would
/// speak for the primary or the worker.
enum ReservedMessage {
    private static let prefix = Array("NODE_".utf8)

    static let error = ClusterError(
        .invalidArgument, .reservedMessage,
        "a cmd that begins with NODE_ is Node's own and not a program's; give the message another cmd",
        metadata: ["field": "cmd"])

    /// Whether this is the `cmd` of such a message.
    static func isReserved(_ command: V8String) -> Bool {
        switch command.units {
        case .oneByte(let units): units.count > prefix.count && units.starts(with: prefix)
        case .twoByte(let units): units.count > prefix.count && units.starts(with: prefix.map(UInt16.init))
        }
    }

    /// Whether the value of a `cmd`, as it stands in a JSON text, makes the message reserved.
    static func isReserved(json command: Slice<UnsafeRawBufferPointer>) -> Bool {
        guard command.first == UInt8(ascii: "\"") else { return false }
        return isReserved(V8String(jsonContents: command.dropFirst().dropLast()))
    }

    /// Whether a key, as it stands between its quotes, is `cmd`. Each of its letters may be an escape.
    static func isCommand(jsonKey key: UnsafeRawBufferPointer) -> Bool {
        if key.elementsEqual("cmd".utf8) { return true }
        return key.contains(UInt8(ascii: "\\")) && V8String(jsonContents: key[...]) == "cmd"
    }
}

extension V8Value {
    /// Whether the worker's Node would take this message for one of its own. An array may have a `cmd` too.
    var isReserved: Bool {
        let properties: [V8Property]
        switch self {
        case .object(let own): properties = own
        case .array(let array): properties = array.properties
        default: return false
        }
        guard case .string(let command) = properties.first(where: { $0.key == "cmd" })?.value else { return false }
        return ReservedMessage.isReserved(command)
    }
}
