// SPDX-License-Identifier: Apache-2.0

import Glibc
import NIOCore

/// Who is at the other end of a unix socket (unix(7), SO_PEERCRED).
enum PeerCredentials {
    /// The user who connected, as the kernel knows them.
    /// - Throws: an error where the channel is no socket.
    static func user(of channel: any Channel) -> EventLoopFuture<UInt32> {
        guard let socket = channel as? any SocketOptionProvider else {
            return channel.eventLoop.makeFailedFuture(ChannelError.operationUnsupported)
        }
        let credentials: EventLoopFuture<Credentials> = socket.unsafeGetSocketOption(
            level: .socket, name: NIOBSDSocket.Option(rawValue: SO_PEERCRED))
        return credentials.map(\.uid)
    }

    /// `struct ucred`, which Glibc's module leaves out.
    private struct Credentials {
        var pid: Int32 = 0
        var uid: UInt32 = 0
        var gid: UInt32 = 0
    }

    /// The agent's own user and root; nobody else.
    static func mayConnect(_ user: UInt32, agent: UInt32 = geteuid()) -> Bool {
        user == agent || user == 0
    }
}
