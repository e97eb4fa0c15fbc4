// SPDX-License-Identifier: Apache-2.0

import Glibc

/// How many files the process may have open.
enum FileLimit {
    /// Raises the soft limit to the hard one, as Node does at its start (`src/node.cc`, PlatformInit). The usual 1024
    /// are too few for an agent and its workers.
    ///
    /// - Returns: the earlier soft limit, which workers get, because a program that uses select(2) cannot have more.
    ///   Nil if the kernel does not tell.
    @discardableResult
    static func raise() -> UInt64? {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return nil }
        let before = limit.rlim_cur
        limit.rlim_cur = limit.rlim_max
        setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
        return UInt64(before)
    }

    /// How many files an agent has open once it has started: its own, those of its workers, and those that it was
    /// started with beyond the three standard ones. Each thread that serves the API has three, and so does the thread
    /// that reads output. Each worker has four, and a file for what it prints. A fork has some more for a moment.
    static func needed(cores: Int, workers: Int, inherited: Set<Int32>) -> Int {
        31 + 3 * cores + (workers > 0 ? 13 + 5 * workers : 0) + inherited.subtracting(0...2).count
    }

    /// - Throws: `StartupError` (69) if there are too few even for the start. Libraries end the process if they get no
    ///   file.
    static func check(cores: Int, workers: Int, inherited: Set<Int32>) throws(StartupError) {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return }
        let needed = needed(cores: cores, workers: workers, inherited: inherited)
        guard limit.rlim_cur < rlim_t(needed) else { return }
        throw StartupError(
            .unavailable,
            "the process may have \(limit.rlim_cur) files open, and an agent with \(workers) workers needs \(needed); "
                + "raise the limit (ulimit -n, LimitNOFILE=)")
    }
}
