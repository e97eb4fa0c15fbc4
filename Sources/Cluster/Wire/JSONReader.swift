// SPDX-License-Identifier: Apache-2.0

import FoundationEssentials
import Shared

/// Reads one JSON value a line: `serialization: "json"`.
struct JSONReader<Frame: WireFrame>: WireReader {
    private var splitter = LineSplitter()

    var heldBytes: Int { splitter.heldBytes }

    mutating func clear() {
        splitter = LineSplitter()
    }

    mutating func receive(
        _ bytes: UnsafeRawBufferPointer, _ body: (Frame, _ raw: UnsafeRawBufferPointer) -> Void
    ) throws(WireError) {
        try splitter.receive(bytes) { (line) throws(WireError) in
            if let frame = Frame.recognize(line) { body(frame, line) } else { body(try Self.decode(line), line) }
        }
    }

    /// - Parameter isInside: of a message with a descriptor, which brings no other one.
    private static func decode(
        _ line: UnsafeRawBufferPointer, isInside: Bool = false
    ) throws(WireError) -> Frame {
        guard let first = line.first(where: { !isSpace($0) }) else { throw WireError("an empty line") }
        guard first == UInt8(ascii: "{") else {
            guard JSONScanner.validate(line) else { throw WireError("a message is not JSON") }
            return .message(.json(line))
        }
        var members = InternalMembers()
        let isObject = JSONScanner.forEachMember(line) { key, value in members.note(key, value) }
        guard isObject else { throw WireError("a message is not JSON") }
        // If only one of two cmds is internal, the message is the program's, because a program could send it.
        guard let command = members.command, let last = members.lastCommand, isInternal(line[command]),
            isInternal(line[last])
        else { return .message(.json(line)) }
        if line[command].elementsEqual(#""NODE_HANDLE""#.utf8) {
            guard !isInside else { throw WireError("a NODE_HANDLE in another") }
            return try decodeWithHandle(line, members)
        }
        guard line.count <= maximumInternalSize, JSONText.levels(of: line) <= maximumInternalLevels else {
            guard line[command].elementsEqual(#""NODE_CLUSTER""#.utf8) else { return .unknown }
            throw .clusterMessageTooLarge
        }
        return try Frame(internalMessage(line))
    }

    /// The message inside may be of any size, so only what is beside it is decoded.
    private static func decodeWithHandle(
        _ line: UnsafeRawBufferPointer, _ members: InternalMembers
    ) throws(WireError) -> Frame {
        guard let type = members.type, let kind = try string(line[type]), let inner = members.message else {
            throw WireError("NODE_HANDLE lacks type or msg")
        }
        let tracker: String? = if let key = members.key { try string(line[key]) } else { nil }
        let message = UnsafeRawBufferPointer(rebasing: line[inner])
        return .withHandle(kind: kind, tracker: tracker, try decode(message, isInside: true))
    }

    /// Nil for what is no string.
    private static func string(_ text: Slice<UnsafeRawBufferPointer>) throws(WireError) -> String? {
        guard text.count <= maximumInternalSize else {
            throw WireError("a field of NODE_HANDLE is longer than \(maximumInternalSize) bytes", .messageTooLarge)
        }
        return try? JSONDecoder().decode(String.self, from: Data(text))
    }

    private static func internalMessage(_ line: UnsafeRawBufferPointer) throws(WireError) -> InternalMessage {
        do {
            return try JSONDecoder().decode(InternalMessage.self, from: Data(line))
        } catch {
            throw WireError("an internal message has a field of the wrong type: \(error)")
        }
    }

    /// A string that begins with `NODE_` and goes on (Node `isInternal`).
    private static func isInternal(_ command: Slice<UnsafeRawBufferPointer>) -> Bool {
        command.starts(with: #""NODE_"#.utf8) && command.count > #""NODE_""#.utf8.count
    }

    private static func isSpace(_ byte: UInt8) -> Bool {
        byte == 0x20 || byte == 0x09 || byte == 0x0D
    }
}
