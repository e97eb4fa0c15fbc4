// SPDX-License-Identifier: Apache-2.0

import Glibc
import Synchronization
import SystemPackage

/// A descriptor that several may hold and that one of them may take. It closes with the last holder, unless it was
/// taken.
package final class SharedDescriptor: Sendable {
    /// What a socket is for.
    package enum Kind: Sendable {
        case stream
        case listening
        case datagram(ipv6: Bool)
    }

    package let kind: Kind
    /// -1 once it was taken.
    private let number: Mutex<Int32>

    package init(_ descriptor: consuming OwnedFD) throws(IOError) {
        kind = try Self.kind(of: descriptor.number)
        number = Mutex(descriptor.relinquish())
    }

    /// A connected stream; the caller knows that it is one.
    package init(stream descriptor: consuming OwnedFD) {
        kind = .stream
        number = Mutex(descriptor.relinquish())
    }

    /// - Throws: EBADF if there is no such descriptor, ENOTSOCK if it is not a socket. The caller keeps it then.
    package convenience init(adopting number: Int32) throws(IOError) {
        guard number >= 0, OwnedFD.isOpen(number) else { throw IOError("fcntl", .badFileDescriptor) }
        _ = try Self.kind(of: number)
        try self.init(OwnedFD(number))
    }

    deinit {
        if let number = take() { _ = OwnedFD(number) }
    }

    /// Gives the descriptor to the caller. Nil if somebody has taken it already.
    package func take() -> Int32? {
        number.withLock { number in
            defer { number = -1 }
            return number >= 0 ? number : nil
        }
    }

    /// Like ``take()``, for users of this module.
    package func takeOwned() -> OwnedFD? {
        take().map { OwnedFD($0) }
    }

    /// Sends `bytes` with a copy of the descriptor; false if it was taken.
    package func send(_ bytes: [UInt8], over channel: UnixChannel) -> Bool {
        guard number.withLock({ $0 >= 0 }) else { return false }
        return channel.send(bytes, with: self)
    }

    private static func kind(of number: Int32) throws(IOError) -> Kind {
        guard let type = SocketOption.value(SOL_SOCKET, SO_TYPE, of: number) else {
            throw IOError("getsockopt", .notSocket)
        }
        if type == Int32(SOCK_DGRAM.rawValue) {
            return .datagram(ipv6: SocketOption.value(SOL_SOCKET, SO_DOMAIN, of: number) == AF_INET6)
        }
        return SocketOption.value(SOL_SOCKET, SO_ACCEPTCONN, of: number) == 1 ? .listening : .stream
    }
}

extension SharedDescriptor: DescriptorSource {
    func withDescriptor(_ body: (Int32) -> Int) -> Int? {
        // Nobody takes it during the call.
        number.withLock { number in number >= 0 ? body(number) : nil }
    }
}
