// SPDX-License-Identifier: Apache-2.0

import Shared

/// A file of lines of one source. Places and times in it never go back.
struct Segment: Hashable, Sendable {
    let source: OutputSource
    let firstSeq: Int64
    /// Milliseconds since 1970.
    let firstTime: Int64
    var lastSeq: Int64
    var lastTime: Int64
    /// Up to the end of the last line.
    var bytes: Int

    /// `3-1764438695123456.jsonl`: the instance or the source's name, and the first place.
    var name: String { "\(source)-\(firstSeq).jsonl" }

    /// Reads the name of a segment; nil if it is another file's.
    static func parse(_ name: String) -> (source: OutputSource, firstSeq: Int64)? {
        guard name.hasSuffix(".jsonl") else { return nil }
        let words = name.dropLast(".jsonl".count).split(separator: "-", omittingEmptySubsequences: false)
        guard words.count == 2, let source = OutputSource(String(words[0])), let seq = Int64(digits: words[1]) else {
            return nil
        }
        return (source, seq)
    }
}
