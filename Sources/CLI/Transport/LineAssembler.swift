// SPDX-License-Identifier: Apache-2.0

/// Makes lines of bytes that come in pieces. A last line without its end is never given out:
/// it may be half of one.
struct LineAssembler {
    /// The line is longer than `limit`.
    struct TooLong: Error {}

    /// Bytes of a line at most.
    let limit: Int
    private var unfinished: [UInt8] = []
    /// Bytes of the line that is under way, if it is too long already.
    private var skipped = 0

    init(limit: Int) {
        self.limit = limit
    }

    /// The lines that are whole now, without their ends.
    mutating func append(_ bytes: some Collection<UInt8>) throws(TooLong) -> [[UInt8]] {
        var lines: [[UInt8]] = []
        var rest = bytes[...]
        while let end = rest.firstIndex(of: UInt8(ascii: "\n")) {
            var line = unfinished + rest[..<end]
            if line.last == UInt8(ascii: "\r") { line.removeLast() }
            guard line.count <= limit else { throw TooLong() }
            lines.append(line)
            unfinished.removeAll()
            rest = rest[rest.index(after: end)...]
        }
        unfinished += rest
        guard unfinished.count <= limit else { throw TooLong() }
        return lines
    }

    /// The lines that are whole now, and how many lines became too long and are left out.
    ///
    /// - Parameter longest: a line that is longer than this has no end.
    mutating func skipping(
        _ bytes: some Collection<UInt8>, upTo longest: Int = .max
    ) throws(TooLong) -> (lines: [[UInt8]], tooLong: Int) {
        var lines: [[UInt8]] = []
        var tooLong = 0
        var rest = bytes[...]
        while !rest.isEmpty {
            let end = rest.firstIndex(of: UInt8(ascii: "\n")) ?? rest.endIndex
            let isWhole = end != rest.endIndex
            if skipped > 0 {
                skipped += rest.distance(from: rest.startIndex, to: end)
            } else {
                unfinished += rest[..<end]
                if unfinished.count > limit {
                    skipped = unfinished.count
                    unfinished.removeAll()
                    tooLong += 1
                } else if isWhole {
                    if unfinished.last == UInt8(ascii: "\r") { unfinished.removeLast() }
                    lines.append(unfinished)
                    unfinished.removeAll()
                }
            }
            guard skipped <= longest else { throw TooLong() }
            if isWhole { skipped = 0 }
            rest = isWhole ? rest[rest.index(after: end)...] : rest[end...]
        }
        return (lines, tooLong)
    }

    /// What is left at the end of the input, where that ends a line too.
    mutating func finish() -> [UInt8]? {
        defer { unfinished.removeAll() }
        return unfinished.isEmpty ? nil : unfinished
    }
}
