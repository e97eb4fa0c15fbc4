// SPDX-License-Identifier: Apache-2.0

import Glibc
import SystemPackage

/// A file where a unix socket was to be bound.
package enum UnixSocketFile {
    /// Whether somebody listens there. Where nobody does, the file was left behind, or is none of a socket.
    package static func isListening(_ path: String) -> Bool {
        do throws(IOError) {
            let address = try SocketAddress(path: path)
            let probe = OwnedFD(
                try systemCall("socket") {
                    socket(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue), 0)
                })
            try address.connect(probe)
            return true
        } catch {
            // Its queue is full, so there is a listener (connect(2)).
            return error.errno == .wouldBlock
        }
    }
}
