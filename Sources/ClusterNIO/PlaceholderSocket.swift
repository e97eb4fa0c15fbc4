// SPDX-License-Identifier: Apache-2.0

import Foundation

/// What a server channel binds in a worker, because it must bind something: a unix socket to which nobody connects.
struct PlaceholderSocket: Sendable {
    let path: String

    init() {
        // Short, because a socket's path has at most 107 bytes (unix(7)).
        let name = "cluster-\(getpid())-\(UInt32.random(in: 0 ... .max)).sock"
        path = FileManager.default.temporaryDirectory.appending(path: name).path
    }

    /// Once it is bound its name is of no use to anybody.
    func removeName() {
        unlink(path)
    }
}
