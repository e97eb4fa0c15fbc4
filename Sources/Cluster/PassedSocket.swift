// SPDX-License-Identifier: Apache-2.0

import LinuxIO
public import Shared

/// A socket that is sent with a message, or came with one (`subprocess.send(message, handle)` in Node). It closes when
/// nobody refers to it any more, unless its descriptor was taken.
public final class PassedSocket: Sendable {
    /// What a socket is for.
    public enum Kind: Sendable {
        /// A connection: Node's `net.Socket`.
        case connection
        /// One that listens: Node's `net.Server`.
        case listener
        /// Node's `dgram.Socket`.
        case datagrams
    }

    let descriptor: SharedDescriptor
    /// The count of open sockets that it belongs to.
    private let lease: ConnectionLease?

    init(_ descriptor: SharedDescriptor, lease: ConnectionLease? = nil) {
        self.descriptor = descriptor
        self.lease = lease
    }

    /// Takes over a socket.
    ///
    /// - Throws: `INVALID_FIELD` if `descriptor` is not a socket. The caller keeps it then.
    public convenience init(adopting descriptor: CInt) throws(ClusterError) {
        do {
            self.init(try SharedDescriptor(adopting: descriptor))
        } catch {
            throw ClusterError(
                .invalidArgument, .invalidField, "descriptor \(descriptor) is not a socket: \(error)",
                metadata: ["field": "descriptor"], cause: error)
        }
    }

    /// What the socket is for.
    public var kind: Kind {
        switch descriptor.kind {
        case .stream: .connection
        case .listening: .listener
        case .datagram: .datagrams
        }
    }

    /// Gives the socket to the caller, who closes it; nil if it was taken before.
    public func takeDescriptor() -> CInt? {
        defer { lease?.end() }
        return descriptor.take()
    }
}

extension ClusterError {
    static var socketTaken: ClusterError {
        ClusterError(.failedPrecondition, .connectionClosed, "the socket's descriptor was taken; send it before that")
    }
}

extension PassedSocket {
    var handleKind: HandleKind {
        switch descriptor.kind {
        case .stream: .socket
        case .listening: .server
        case .datagram(let ipv6): .datagram(ipv6: ipv6)
        }
    }
}

extension PassedSocket: Hashable {
    public static func == (left: PassedSocket, right: PassedSocket) -> Bool { left === right }

    public func hash(into hasher: inout Hasher) {
        hasher.combine(ObjectIdentifier(self))
    }
}
