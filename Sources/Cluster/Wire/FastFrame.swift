// SPDX-License-Identifier: Apache-2.0

/// Recognises by their bytes the two messages that come for each connection, as Node writes them. What does
/// not match to the letter is left to the parser.
enum FastFrame {
    private static let handleAcknowledged = Array(#"{"cmd":"NODE_HANDLE_ACK"}"#.utf8)
    private static let answer = Array(#"{"cmd":"NODE_CLUSTER","ack":"#.utf8)
    private static let accepted = Array(#","accepted":true,"seq":"#.utf8)
    private static let declined = Array(#","accepted":false,"seq":"#.utf8)

    static func decode(_ line: UnsafeRawBufferPointer) -> WorkerFrame? {
        // A line that is shorter or longer than these frames is something else.
        guard line.count >= handleAcknowledged.count, line.count < 128 else { return nil }
        if line.elementsEqual(handleAcknowledged) { return .handleAcknowledged }
        var position = 0
        guard skip(answer, line, &position), let sequence = number(line, &position) else { return nil }
        let isAccepted = skip(accepted, line, &position)
        guard isAccepted || skip(declined, line, &position), number(line, &position) != nil,
            position == line.count - 1, line[position] == UInt8(ascii: "}")
        else { return nil }
        return .answer(sequence: sequence, accepted: isAccepted)
    }

    private static func skip(_ expected: [UInt8], _ line: UnsafeRawBufferPointer, _ position: inout Int) -> Bool {
        guard position + expected.count <= line.count else { return false }
        for index in expected.indices where line[position + index] != expected[index] { return false }
        position += expected.count
        return true
    }

    /// Up to 18 digits, which always fit.
    private static func number(_ line: UnsafeRawBufferPointer, _ position: inout Int) -> Int? {
        let start = position
        var value = 0
        while position < line.count, position - start < 18 {
            let digit = line[position] &- UInt8(ascii: "0")
            guard digit <= 9 else { break }
            value = value * 10 + Int(digit)
            position += 1
        }
        // JSON has no leading zero (RFC 8259, section 6).
        let isWritten = position == start + 1 || position > start && line[start] != UInt8(ascii: "0")
        return isWritten ? value : nil
    }
}
