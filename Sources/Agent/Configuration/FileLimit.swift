// SPDX-License-Identifier: Apache-2.0

import Glibc

/// How many files the process may have open.
enum FileLimit {
    /// Raises the soft limit to the hard one, as Node does at its start (`src/node.cc`, PlatformInit):
    /// the usual 1024 are fewer than the connections that one agent and its workers may have.
    static func raise() {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return }
        limit.rlim_cur = limit.rlim_max
        setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    }
}
