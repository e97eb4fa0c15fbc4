// SPDX-License-Identifier: Apache-2.0

import Glibc

/// Reads lines of a segment, from any place in it, without reading all of it.
final class SegmentReader {
    private static let chunk = 64 << 10
    /// A line of ours is shorter: each byte takes six at most, and the fields around the text have a bound.
    private static let longestLine = 6 * LineCutter.longest + 1024

    private let file: LogFile
    /// The end of what is read. Bytes after it are still being written.
    let size: Int
    private var buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: chunk, alignment: 16)
    /// The part of the file that the buffer holds.
    private var held = 0..<0

    init(_ file: consuming LogFile, size: Int) {
        self.file = file
        self.size = size
    }

    deinit { buffer.deallocate() }

    /// Makes the buffer hold `range` at least, as far as the file goes.
    private func hold(_ range: Range<Int>, backwards: Bool = false) throws(FileProblem) {
        guard held.lowerBound > range.lowerBound || held.upperBound < range.upperBound else { return }
        if buffer.count < range.count {
            buffer.deallocate()
            buffer = .allocate(byteCount: range.count, alignment: 16)
        }
        let spare = buffer.count - range.count
        let start = backwards ? max(0, range.lowerBound - spare) : range.lowerBound
        let end = min(size, max(range.upperBound, start + buffer.count))
        let part = UnsafeMutableRawBufferPointer(rebasing: buffer[..<(end - start)])
        let count = try file.read(into: part, at: start)
        held = start..<start + count
    }

    private func bytes(_ range: Range<Int>) -> UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(
            rebasing: UnsafeRawBufferPointer(buffer)[
                (range.lowerBound - held.lowerBound)..<(range.upperBound - held.lowerBound)])
    }

    /// The line that begins at `offset`, and where the next one does; nil at the end. What is no line of ours is skipped.
    func line(at offset: Int) throws(FileProblem) -> (StoredLine, next: Int)? {
        var offset = offset
        while let end = try lineEnd(from: offset) {
            if let line = StoredLine(bytes(offset..<end)) { return (line, end + 1) }
            offset = end + 1
        }
        return nil
    }

    /// The line that ends before `offset`, and where it begins. `offset` is the beginning of a line. Nil at the
    /// beginning of the file.
    func line(before offset: Int) throws(FileProblem) -> (StoredLine, start: Int)? {
        var offset = offset
        while offset > 0, let start = try lineStart(before: offset) {
            if let line = StoredLine(bytes(start..<offset - 1)) { return (line, start) }
            offset = start
        }
        return nil
    }

    /// The last whole line, and where it ends.
    func lastLine() throws(FileProblem) -> (StoredLine, end: Int)? {
        guard size > 0 else { return nil }
        // After the last line end stands the part of a line that a crash has left.
        guard let end = try lineStart(before: size + 1), let (line, _) = try line(before: end) else { return nil }
        return (line, end)
    }

    /// Where the line's end stands.
    private func lineEnd(from offset: Int) throws(FileProblem) -> Int? {
        var length = Self.chunk
        while offset < size {
            let end = min(size, offset + length)
            if held.contains(offset), let found = find(offset..<held.upperBound) { return found }
            try hold(offset..<end)
            if let found = find(offset..<held.upperBound) { return found }
            guard end < size, held.upperBound >= end, length < Self.longestLine else { return nil }
            length *= 2
        }
        return nil
    }

    private func find(_ range: Range<Int>) -> Int? {
        guard !range.isEmpty else { return nil }
        let part = bytes(range)
        guard let found = memchr(part.baseAddress!, 0x0A, part.count) else { return nil }
        return range.lowerBound + (UnsafeRawPointer(found) - part.baseAddress!)
    }

    /// What follows the last line end in `range`.
    private func findLast(_ range: Range<Int>) -> Int? {
        guard !range.isEmpty else { return nil }
        guard let found = bytes(range).lastIndex(of: 0x0A) else { return nil }
        return range.lowerBound + found + 1
    }

    /// Where the line begins whose end stands right before `offset`.
    private func lineStart(before offset: Int) throws(FileProblem) -> Int? {
        let end = offset - 1
        if held.lowerBound < end, held.upperBound >= end, let start = findLast(held.lowerBound..<end) { return start }
        var length = Self.chunk
        while true {
            let start = max(0, end - length)
            try hold(start..<end, backwards: true)
            guard held.lowerBound <= start, held.upperBound >= end else { return nil }
            if let found = findLast(start..<end) { return found }
            if start == 0 { return 0 }
            guard length < Self.longestLine else { return nil }
            length *= 2
        }
    }

    /// The first offset at which a line begins that is not before the place wanted.
    ///
    /// - Parameter isBefore: true for the lines at the beginning, false for all after them.
    func firstLine(where isBefore: (StoredLine) -> Bool) throws(FileProblem) -> Int {
        // A line begins at `low`, and all before it are before the place.
        var low = 0
        var high = size
        while high - low > Self.chunk {
            let middle = low + (high - low) / 2
            guard let end = try lineEnd(from: middle), end + 1 < high, let (line, next) = try line(at: end + 1) else {
                high = middle
                continue
            }
            if isBefore(line) { low = next } else { high = middle }
        }
        while low < size, let (line, next) = try line(at: low), isBefore(line) { low = next }
        return low
    }
}
