// SPDX-License-Identifier: Apache-2.0

import Glibc

/// How many files the process may have open.
enum FileLimit {
    /// Raises the soft limit to the hard one, as Node does at its start (`src/node.cc`, PlatformInit):
    /// the usual 1024 are fewer than the connections that one agent and its workers may have.
    ///
    /// - Returns: the soft limit until then, which is the workers': a program that uses select(2) cannot have more. Nil if
    ///   the kernel does not tell.
    @discardableResult
    static func raise() -> UInt64? {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return nil }
        let before = limit.rlim_cur
        limit.rlim_cur = limit.rlim_max
        setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
        return UInt64(before)
    }

    /// - Throws: `StartupError` (69) if the agent could not even start: libraries end the process if they get no file.
    static func check(cores: Int) throws(StartupError) {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return }
        // Its own files and those of its first worker; each thread that serves the API has three.
        let needed = 30 + 3 * cores
        guard limit.rlim_cur < rlim_t(needed) else { return }
        throw StartupError(
            .unavailable,
            "the process may have \(limit.rlim_cur) files open, and the agent needs at least \(needed); "
                + "raise the limit (ulimit -n, LimitNOFILE=)")
    }
}
