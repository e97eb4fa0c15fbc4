// SPDX-License-Identifier: Apache-2.0

import Glibc
import NIOCore

/// The process at the other end of a unix socket, as the kernel knows it (unix(7)).
struct PeerCredentials: Sendable {
    let user: UInt32
    /// Its own group first.
    let groups: [UInt32]

    /// Who has connected.
    /// - Throws: an error if the channel is not a socket.
    static func of(_ channel: any Channel) -> EventLoopFuture<PeerCredentials> {
        guard let socket = channel as? any SocketOptionProvider else {
            return channel.eventLoop.makeFailedFuture(ChannelError.operationUnsupported)
        }
        let credentials: EventLoopFuture<Credentials> = socket.unsafeGetSocketOption(
            level: .socket, name: NIOBSDSocket.Option(rawValue: SO_PEERCRED))
        return credentials.map { credentials in
            PeerCredentials(user: credentials.uid, groups: [credentials.gid] + moreGroups(of: channel))
        }
    }

    /// `struct ucred` is missing in Glibc's module.
    private struct Credentials {
        var pid: Int32 = 0
        var uid: UInt32 = 0
        var gid: UInt32 = 0
    }

    /// Call it on the channel's event loop.
    private static func moreGroups(of channel: any Channel) -> [UInt32] {
        let groups = try? channel.pipeline.syncOperations.withUnsafeTransportIfAvailable(of: NIOBSDSocket.Handle.self) {
            moreGroups(of: $0)
        }
        return groups ?? []
    }

    /// The other groups of the process that connected through this socket.
    static func moreGroups(of descriptor: Int32) -> [UInt32] {
        var groups = [UInt32](repeating: 0, count: 32)
        // If there are more, the kernel says how many.
        for _ in 1...2 {
            var length = socklen_t(groups.count * MemoryLayout<UInt32>.size)
            if getsockopt(descriptor, SOL_SOCKET, peerGroups, &groups, &length) == 0 {
                return Array(groups.prefix(Int(length) / MemoryLayout<UInt32>.size))
            }
            guard errno == ERANGE else { return [] }
            groups = [UInt32](repeating: 0, count: Int(length) / MemoryLayout<UInt32>.size)
        }
        return []
    }

    /// SO_PEERGROUPS is missing in Glibc's module.
    private static let peerGroups: Int32 = 59
}
