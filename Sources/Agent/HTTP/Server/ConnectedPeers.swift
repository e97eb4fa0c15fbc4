// SPDX-License-Identifier: Apache-2.0

import NIOCore
import NIOSSL
import Synchronization

/// The peers of all connections, from their admission until everything that they asked for is answered.
///
/// A client may close its end at once. Then the channel tells nothing any more, not even whether it was a unix socket,
/// but its request is still served.
final class ConnectedPeers: Sendable {
    struct Peer: Sendable {
        /// On a unix socket.
        var user: Principal?
        /// On TCP.
        var address: ClientAddress?
        /// The certificate from the TLS handshake.
        var certificate: NIOSSLCertificate?
    }

    private let peers = Mutex<[ObjectIdentifier: Peer]>([:])

    func admit(_ peer: Peer, on channel: any Channel) {
        peers.withLock { $0[ObjectIdentifier(channel)] = peer }
    }

    /// The peer of an admitted connection.
    func didShow(_ certificate: NIOSSLCertificate, on channel: any Channel) {
        peers.withLock { $0[ObjectIdentifier(channel)]?.certificate = certificate }
    }

    /// Nil if it was not admitted.
    func peer(of channel: any Channel) -> Peer? {
        peers.withLock { $0[ObjectIdentifier(channel)] }
    }

    func forget(_ channel: any Channel) {
        peers.withLock { $0[ObjectIdentifier(channel)] = nil }
    }
}
