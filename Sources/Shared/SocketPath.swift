// SPDX-License-Identifier: Apache-2.0

/// The path of a unix socket.
package enum SocketPath {
    /// How many bytes it may have: `sun_path` without its final zero (unix(7)).
    package static let longest = 107
}
