// SPDX-License-Identifier: Apache-2.0

import DequeModule

/// The answers that a worker owes: for connections, whose time is measured, and for heartbeats.
struct AwaitedAnswers {
    /// The oldest first.
    private var connections: Deque<(sequence: Int, sentAt: ContinuousClock.Instant)> = []
    /// The numbers of heartbeats by the sequences of their messages; nil if the machine has asked.
    private var heartbeats: [Int: Int?] = [:]

    mutating func didSendConnection(_ sequence: Int) {
        connections.append((sequence, .now))
    }

    mutating func didSendHeartbeat(_ number: Int?, sequence: Int) {
        heartbeats.updateValue(number, forKey: sequence)
    }

    /// How long the answer to a connection took. Nil if the worker was not asked this.
    ///
    /// A worker answers in the order in which it was sent connections, so whatever is older has been lost.
    mutating func takeLatency(of sequence: Int) -> Duration? {
        while let oldest = connections.first, oldest.sequence <= sequence {
            connections.removeFirst()
            if oldest.sequence == sequence { return oldest.sentAt.duration(to: .now) }
        }
        return nil
    }

    /// The number of the heartbeat that was answered. Nil if this answers none.
    mutating func takeHeartbeat(_ sequence: Int) -> Int?? {
        heartbeats.isEmpty ? nil : heartbeats.removeValue(forKey: sequence)
    }
}
