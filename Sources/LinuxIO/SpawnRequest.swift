// SPDX-License-Identifier: Apache-2.0

/// A program to start.
package struct SpawnRequest: Sendable {
    /// Where the program is; nothing is searched.
    package var path: String
    /// The program's own name comes first.
    package var arguments: [String]
    package var environment: [String: String]
    /// Nil: the parent's.
    package var directory: String?
    package var uid: UInt32?
    package var gid: UInt32?
    /// How many files the program may have open until it asks for more (the soft RLIMIT_NOFILE, getrlimit(2)). Nil: as
    /// many as this process.
    package var fileLimit: UInt64?
    /// A variable of the environment in which the program finds its own pid.
    package var pidVariable: String?
    /// The signal that the program gets when the calling thread ends, even by a crash (PR_SET_PDEATHSIG, prctl(2)).
    package var deathSignal: Int32?

    package init(
        path: String, arguments: [String], environment: [String: String], directory: String? = nil,
        uid: UInt32? = nil, gid: UInt32? = nil
    ) {
        self.path = path
        self.arguments = arguments
        self.environment = environment
        self.directory = directory
        self.uid = uid
        self.gid = gid
    }
}
