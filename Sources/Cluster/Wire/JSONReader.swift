// SPDX-License-Identifier: Apache-2.0

import FoundationEssentials
import Shared

/// Reads one JSON value a line: `serialization: "json"`.
struct JSONReader<Frame: WireFrame>: WireReader {
    private var splitter = LineSplitter()

    mutating func receive(_ bytes: UnsafeRawBufferPointer, _ body: (Frame) -> Void) throws(WireError) {
        try splitter.receive(bytes) { (line) throws(WireError) in
            if let frame = Frame.recognize(line) { body(frame) } else { body(try Self.decode(line)) }
        }
    }

    private static func decode(_ line: UnsafeRawBufferPointer) throws(WireError) -> Frame {
        guard let first = line.first(where: { !isSpace($0) }) else { throw WireError("an empty line") }
        guard first == UInt8(ascii: "{") else {
            guard JSONScanner.validate(line) else { throw WireError("a message is not JSON") }
            return .message(.json(line))
        }
        var command: Range<Int>?
        var inner: Range<Int>?
        let isObject = JSONScanner.forEachMember(line) { key, value in
            // The last cmd counts, as for JSON.parse: who may send a message has it checked in that way.
            if key.elementsEqual("cmd".utf8) { command = value }
            // The first msg, as for the decoder. V8 writes no name twice.
            if inner == nil, key.elementsEqual("msg".utf8) { inner = value }
        }
        guard isObject else { throw WireError("a message is not JSON") }
        guard let command, isInternal(line[command]) else { return .message(.json(line)) }
        return try decodeInternal(line, inner)
    }

    private static func decodeInternal(
        _ line: UnsafeRawBufferPointer, _ inner: Range<Int>?
    ) throws(WireError) -> Frame {
        let message: InternalMessage
        do {
            message = try JSONDecoder().decode(InternalMessage.self, from: Data(line))
        } catch {
            throw WireError("an internal message has a field of the wrong type: \(error)")
        }
        guard message.cmd == "NODE_HANDLE" else { return try Frame(message) }
        guard let kind = message.type, let inner else { throw WireError("NODE_HANDLE lacks type or msg") }
        return .withHandle(
            kind: kind, tracker: message.tracker, try decode(UnsafeRawBufferPointer(rebasing: line[inner])))
    }

    /// A string that begins with `NODE_` and goes on (Node `isInternal`).
    private static func isInternal(_ command: Slice<UnsafeRawBufferPointer>) -> Bool {
        command.starts(with: #""NODE_"#.utf8) && command.count > #""NODE_""#.utf8.count
    }

    private static func isSpace(_ byte: UInt8) -> Bool {
        byte == 0x20 || byte == 0x09 || byte == 0x0D
    }
}
