// SPDX-License-Identifier: Apache-2.0

import Glibc
import SystemPackage

/// A socket that is bound, and listens if it was asked to. Removes the file of a unix socket at its end.
package struct BoundSocket: ~Copyable {
    /// The file that bind(2) has made. The socket holds it, so no other file can have its number.
    private struct File {
        let path: String
        let identity: FileIdentity?
    }

    package let descriptor: OwnedFD
    /// Nil for a unix socket.
    package private(set) var name: SocketName?
    private let file: File?
    /// This process was started with it.
    let isBorrowed: Bool

    deinit {
        // Like libuv, which removes the file of a pipe that it has bound, but never somebody else's file.
        if let file { file.identity?.remove(file.path) }
    }

    private init(
        _ descriptor: consuming OwnedFD, path: String? = nil, isBorrowed: Bool = false
    ) throws(IOError) {
        self.isBorrowed = isBorrowed
        file = path.map { File(path: $0, identity: FileIdentity(boundBy: descriptor, at: $0)) }
        name = try SocketName.of(descriptor)
        self.descriptor = descriptor
    }

    /// Whether a unix socket's path leads elsewhere by now, or nowhere: no client can reach this socket any more.
    package var hasLostPath: Bool {
        guard let file else { return false }
        // If nobody can tell which file is ours, any socket there counts as ours, but is never removed.
        guard let identity = file.identity else { return !UnixSocketFile.isSocket(file.path) }
        return FileIdentity(of: file.path) != identity
    }

    /// Binds a nonblocking socket.
    ///
    /// - Parameter backlog: if given, the socket listens. 0 and less mean 511, as in Node.
    package static func bind(_ request: BindRequest, backlog: Int?) throws(IOError) -> BoundSocket {
        var socket = try bind(request)
        if let backlog {
            try socket.listen(backlog)
            // An inherited socket may get its port only now (ip(7)).
            socket.name = try SocketName.of(socket.descriptor)
        }
        return socket
    }

    /// Lets more sockets of this user be bound to its address (socket(7), SO_REUSEPORT). Bound without that, it has found
    /// that nobody else had the address.
    package func sharePort() throws(IOError) {
        try descriptor.set(SOL_SOCKET, SO_REUSEPORT, 1)
    }

    /// A socket that another process has bound.
    package static func received(_ descriptor: consuming OwnedFD) throws(IOError) -> BoundSocket {
        try descriptor.setNonblocking()
        return try BoundSocket(descriptor)
    }

    /// A socket that another process keeps, so its flags are left as they are.
    ///
    /// - Parameter backlog: as for ``bind(_:backlog:)``
    /// - Throws: ENOTSOCK or EINVAL if nobody could listen on it
    package static func borrowed(
        _ descriptor: consuming OwnedFD, datagrams: Bool, backlog: Int?
    ) throws(IOError) -> BoundSocket {
        try check(descriptor, datagrams)
        var socket = try BoundSocket(descriptor, isBorrowed: true)
        if let backlog {
            try socket.listen(backlog)
            socket.name = try SocketName.of(socket.descriptor)
        }
        return socket
    }

    private static func bind(_ request: BindRequest) throws(IOError) -> BoundSocket {
        switch request {
        case .tcp(nil, let port, let ipv6Only, let reusePort):
            do throws(IOError) {
                return try bindTCP("::", port, ipv6Only, reusePort)
            } catch  where [.addressFamilyNotSupported, .addressNotAvailable, .invalidArgument].contains(error.errno) {
                // The machine has no IPv6.
                return try bindTCP("0.0.0.0", port, false, reusePort)
            }
        case .tcp(let host?, let port, let ipv6Only, let reusePort):
            return try bindTCP(host, port, ipv6Only, reusePort)
        case .unix(let path, let readableAll, let writableAll):
            return try bindUnix(path, readableAll: readableAll, writableAll: writableAll)
        case .udp(let host, let port, let ipv6, let ipv6Only, let reuseAddress):
            return try bindUDP(host ?? (ipv6 ? "::" : "0.0.0.0"), port, ipv6Only, reuseAddress)
        case .inherited(let number, let datagrams):
            let descriptor = try OwnedFD.adopting(number)
            try check(descriptor, datagrams)
            return try BoundSocket(descriptor, isBorrowed: true)
        }
    }

    /// Refuses what nobody could listen on: no socket, a socket of the other kind, or one end of a connection. A program's
    /// input and output often are one of these.
    ///
    /// - Throws: ENOTSOCK, EINVAL
    private static func check(_ descriptor: borrowing OwnedFD, _ datagrams: Bool) throws(IOError) {
        let number = descriptor.number
        guard let type = SocketOption.value(SOL_SOCKET, SO_TYPE, of: number) else {
            throw IOError("getsockopt", .notSocket)
        }
        var peer = sockaddr_storage()
        var size = socklen_t(MemoryLayout<sockaddr_storage>.size)
        let isConnected = withUnsafeMutablePointer(to: &peer) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { getpeername(number, $0, &size) == 0 }
        }
        let wanted = Int32((datagrams ? SOCK_DGRAM : SOCK_STREAM).rawValue)
        guard type == wanted, !isConnected else { throw IOError("listen", .invalidArgument) }
    }

    private static func bindTCP(
        _ host: String, _ port: UInt16, _ ipv6Only: Bool, _ reusePort: Bool
    ) throws(IOError) -> BoundSocket {
        let address = try SocketAddress(host: host, port: port)
        let descriptor = try OwnedFD.socket(address.family, SOCK_STREAM)
        // As libuv: a port whose old connections are in TIME_WAIT can be bound at once.
        try descriptor.set(SOL_SOCKET, SO_REUSEADDR, 1)
        if reusePort { try descriptor.set(SOL_SOCKET, SO_REUSEPORT, 1) }
        if address.family == AF_INET6 { try descriptor.set(Int32(IPPROTO_IPV6), IPV6_V6ONLY, ipv6Only ? 1 : 0) }
        try address.bind(descriptor)
        return try BoundSocket(descriptor)
    }

    private static func bindUDP(
        _ host: String, _ port: UInt16, _ ipv6Only: Bool, _ reuseAddress: Bool
    ) throws(IOError) -> BoundSocket {
        let address = try SocketAddress(host: host, port: port)
        let descriptor = try OwnedFD.socket(address.family, SOCK_DGRAM)
        if reuseAddress { try descriptor.set(SOL_SOCKET, SO_REUSEADDR, 1) }
        if address.family == AF_INET6 { try descriptor.set(Int32(IPPROTO_IPV6), IPV6_V6ONLY, ipv6Only ? 1 : 0) }
        try address.bind(descriptor)
        return try BoundSocket(descriptor)
    }

    private static func bindUnix(_ path: String, readableAll: Bool, writableAll: Bool) throws(IOError) -> BoundSocket {
        let descriptor = try OwnedFD.socket(AF_UNIX, SOCK_STREAM)
        do throws(IOError) {
            try bind(descriptor, to: path)
        } catch  where error.errno == .noSuchFileOrDirectory {
            // libuv says EACCES for a directory that is not there, and Node's programs expect it.
            throw IOError("bind", .permissionDenied)
        }
        guard !path.utf8.starts(with: [0]) else { return try BoundSocket(descriptor) }
        let socket = try BoundSocket(descriptor, path: path)
        try UnixSocketFile.open(
            path, socket.file?.identity, readableAll: readableAll, writableAll: writableAll)
        return socket
    }

    /// A socket's path has at most 107 bytes. The directory of a longer one is opened, and has a short name then.
    private static func bind(_ descriptor: borrowing OwnedFD, to path: String) throws(IOError) {
        let problem: IOError
        do throws(IOError) {
            return try SocketAddress(path: path).bind(descriptor)
        } catch {
            problem = error
        }
        guard problem.errno == .fileNameTooLong, let slash = path.utf8.lastIndex(of: UInt8(ascii: "/")) else {
            throw problem
        }
        let name = String(path[path.utf8.index(after: slash)...])
        let number = Glibc.open(String(path[...slash]), UnixSocketFile.pathOnly | O_DIRECTORY | O_CLOEXEC)
        guard number >= 0 else { throw IOError("open", .init(rawValue: errno)) }
        let directory = OwnedFD(number)
        try SocketAddress(path: "/proc/self/fd/\(directory.number)/\(name)").bind(descriptor)
    }

    /// Lets calls on it wait. So do the sockets that systemd gives to programs, and they count on it.
    package func setBlocking() throws(IOError) {
        try descriptor.setNonblocking(false)
    }

    func listen(_ backlog: Int) throws(IOError) {
        let number = descriptor.number
        try systemCall("listen") { Glibc.listen(number, backlog > 0 ? Int32(clamping: backlog) : 511) }
    }
}

extension OwnedFD {
    fileprivate static func socket(_ family: Int32, _ type: __socket_type) throws(IOError) -> OwnedFD {
        OwnedFD(
            try systemCall("socket") {
                Glibc.socket(family, Int32(type.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue), 0)
            })
    }

    fileprivate func set(_ level: Int32, _ option: Int32, _ value: Int32) throws(IOError) {
        var value = value
        try systemCall("setsockopt") {
            setsockopt(number, level, option, &value, socklen_t(MemoryLayout<Int32>.size))
        }
    }

    func setNonblocking(_ on: Bool = true) throws(IOError) {
        let flags = try systemCall("fcntl") { fcntl(number, F_GETFL) }
        try systemCall("fcntl") { fcntl(number, F_SETFL, on ? flags | O_NONBLOCK : flags & ~O_NONBLOCK) }
    }
}
