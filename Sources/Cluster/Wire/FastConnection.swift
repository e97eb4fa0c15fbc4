// SPDX-License-Identifier: Apache-2.0

/// Recognises `newconn` by its bytes, as Node's primary and ours write it, because it comes for each connection. What does
/// not match to the letter is left to the parser.
enum FastConnection {
    private static let start = Array(
        #"{"cmd":"NODE_HANDLE","type":"net.Native","msg":{"cmd":"NODE_CLUSTER","act":"newconn","key":""#.utf8)
    private static let middle = Array(#"","seq":"#.utf8)
    private static let end = Array("}}".utf8)
    /// A number with this many digits always fits.
    private static let maxDigits = 18

    static func decode(_ line: UnsafeRawBufferPointer) -> PrimaryFrame? {
        guard line.starts(with: start) else { return nil }
        let afterStart = line[start.count...]
        // A key of plain characters only. The parser handles escapes and anything else.
        guard let quote = afterStart.firstIndex(of: UInt8(ascii: "\"")),
            afterStart[..<quote].allSatisfy({ (0x20..<0x80).contains($0) && $0 != UInt8(ascii: "\\") }),
            line[quote...].starts(with: middle), line.suffix(end.count).elementsEqual(end),
            quote + middle.count <= line.count - end.count,
            let sequence = number(line[(quote + middle.count)..<(line.count - end.count)])
        else { return nil }
        let key = String(decoding: afterStart[..<quote], as: UTF8.self)
        return .withHandle(
            kind: "net.Native", tracker: nil, .newConnection(key: key, sequence: sequence))
    }

    private static func number(_ digits: Slice<UnsafeRawBufferPointer>) -> Int? {
        // JSON has no leading zero (RFC 8259, section 6).
        guard (1...maxDigits).contains(digits.count), digits.count == 1 || digits.first != UInt8(ascii: "0") else {
            return nil
        }
        var value = 0
        for digit in digits {
            guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(digit) else { return nil }
            value = value * 10 + Int(digit - UInt8(ascii: "0"))
        }
        return value
    }
}
