// SPDX-License-Identifier: Apache-2.0

import DequeModule

/// Answers to a worker's questions that the worker has not read yet. Other messages are not counted, because the
/// program that sends them learns that the worker does not read.
struct UnreadAnswers {
    /// A worker cannot ask while it is busy, so no worker that reads at all leaves so much unread.
    static let most = 1 << 20

    private(set) var bytes = 0
    private var waiting: Deque<(end: UInt64, count: Int)> = []

    /// - Parameters:
    ///   - end: how many bytes were given to the channel with it.
    ///   - passed: how many of the channel's bytes do not wait any more.
    mutating func append(_ count: Int, end: UInt64, passed: UInt64) {
        while let oldest = waiting.first, oldest.end <= passed {
            bytes -= oldest.count
            waiting.removeFirst()
        }
        guard end > passed else { return }
        waiting.append((end, count))
        bytes += count
    }
}
