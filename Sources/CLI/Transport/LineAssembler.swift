// SPDX-License-Identifier: Apache-2.0

/// Makes lines of bytes that come in pieces. A last line without its end is not given out, because it may be half a
/// line.
struct LineAssembler {
    /// The line is longer than `limit`.
    struct TooLong: Error {}

    /// The most bytes of a line.
    let limit: Int
    private var unfinished: [UInt8] = []
    /// How many bytes the unfinished line has, if it is too long already.
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

    /// The lines that are whole now, and how many lines were too long and are left out.
    ///
    /// - Parameter longest: a longer line counts as endless.
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

    /// The rest at the end of the input, if that ends a line too.
    mutating func finish() -> [UInt8]? {
        defer { unfinished.removeAll() }
        return unfinished.isEmpty ? nil : unfinished
    }
}
