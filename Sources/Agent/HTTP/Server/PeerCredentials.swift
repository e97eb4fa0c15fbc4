// SPDX-License-Identifier: Apache-2.0

import Glibc
import NIOCore

/// The process at the other end of a unix socket (unix(7), SO_PEERCRED).
enum PeerCredentials {
    /// The user who connected, as the kernel knows it.
    /// - Throws: an error if the channel is not a socket.
    static func user(of channel: any Channel) -> EventLoopFuture<UInt32> {
        guard let socket = channel as? any SocketOptionProvider else {
            return channel.eventLoop.makeFailedFuture(ChannelError.operationUnsupported)
        }
        let credentials: EventLoopFuture<Credentials> = socket.unsafeGetSocketOption(
            level: .socket, name: NIOBSDSocket.Option(rawValue: SO_PEERCRED))
        return credentials.map(\.uid)
    }

    /// `struct ucred` is missing in Glibc's module.
    private struct Credentials {
        var pid: Int32 = 0
        var uid: UInt32 = 0
        var gid: UInt32 = 0
    }

    /// The agent's own user and root.
    static func mayConnect(_ user: UInt32, agent: UInt32 = geteuid()) -> Bool {
        user == agent || user == 0
    }
}
