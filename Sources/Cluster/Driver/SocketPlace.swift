// SPDX-License-Identifier: Apache-2.0

import LinuxIO

/// What stands at the path of a unix socket.
package enum SocketPlace {
    /// Whether a program listens there. One whose socket this process may not connect to is not noticed.
    package static func hasListener(_ path: String) -> Bool {
        UnixSocketFile.owner(of: path) == .program
    }
}
