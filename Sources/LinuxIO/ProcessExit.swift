// SPDX-License-Identifier: Apache-2.0

import Glibc

/// How a process ended and which resources it used.
package struct ProcessExit: Sendable {
    package enum Outcome: Hashable, Sendable {
        case code(Int32)
        case signal(Int32)
        /// Another part of this program has taken the exit status (wait(2)).
        case unseen
    }

    package let outcome: Outcome
    /// The largest resident set, in bytes.
    package let maxRssBytes: Int64
    /// CPU time, in milliseconds.
    package let userMs: Int64
    package let systemMs: Int64
    package var cpu: Duration { .milliseconds(userMs + systemMs) }
    /// Processes of its session that lived on, at most ``mostSurvivors``.
    package let survivors: [Int32]

    package static let mostSurvivors = 32

    /// - Parameter status: of wait4(2), for a process that has ended.
    init(waitStatus status: Int32, usage: rusage, survivors: [Int32]) {
        self.survivors = survivors
        // The macros WIFEXITED and so on, which Swift cannot import.
        let signal = status & 0x7f
        outcome = signal == 0 ? .code((status >> 8) & 0xff) : .signal(signal)
        maxRssBytes = Int64(usage.ru_maxrss) * 1024
        userMs = Self.milliseconds(usage.ru_utime)
        systemMs = Self.milliseconds(usage.ru_stime)
    }

    /// For a process that has ended in an unknown way.
    static func unseen(survivors: [Int32]) -> ProcessExit {
        ProcessExit(survivors: survivors)
    }

    private init(survivors: [Int32]) {
        outcome = .unseen
        maxRssBytes = 0
        userMs = 0
        systemMs = 0
        self.survivors = survivors
    }

    private static func milliseconds(_ time: timeval) -> Int64 {
        Int64(time.tv_sec) * 1000 + Int64(time.tv_usec) / 1000
    }
}
