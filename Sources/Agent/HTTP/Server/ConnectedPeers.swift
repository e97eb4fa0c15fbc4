// SPDX-License-Identifier: Apache-2.0

import NIOCore
import NIOSSL
import Synchronization

/// Who is at the other ends of connections, from their admission until all that they asked for is answered.
///
/// A client may close its end at once. Then the channel tells nothing any more, not even whether it was a unix socket, and
/// what was asked for is done all the same.
final class ConnectedPeers: Sendable {
    struct Peer: Sendable {
        /// On a unix socket.
        var user: UInt32?
        /// On TCP.
        var address: ClientAddress?
        /// What it has shown in the handshake of TLS.
        var certificate: NIOSSLCertificate?
    }

    private let peers = Mutex<[ObjectIdentifier: Peer]>([:])

    func admit(_ peer: Peer, on channel: any Channel) {
        peers.withLock { $0[ObjectIdentifier(channel)] = peer }
    }

    /// Of one that was admitted.
    func didShow(_ certificate: NIOSSLCertificate, on channel: any Channel) {
        peers.withLock { $0[ObjectIdentifier(channel)]?.certificate = certificate }
    }

    /// Nil for one that was not admitted.
    func peer(of channel: any Channel) -> Peer? {
        peers.withLock { $0[ObjectIdentifier(channel)] }
    }

    func forget(_ channel: any Channel) {
        peers.withLock { $0[ObjectIdentifier(channel)] = nil }
    }
}
