// SPDX-License-Identifier: Apache-2.0

import Glibc
import SystemPackage

/// An IP address and a port, as getsockname(2) tells.
package struct SocketName: Hashable, Sendable {
    package enum Family: String, Sendable {
        case ipv4 = "IPv4"
        case ipv6 = "IPv6"
    }

    package let family: Family
    package let address: String
    package let port: UInt16

    /// The bits of the other end's address as one word: those of an IPv4 address, or the four words of an IPv6 address
    /// combined by exclusive or. An IPv4 address in IPv6 form counts as what it is. Nil if the other end has none.
    package static func peerWord(of token: DescriptorTable.Token, in table: DescriptorTable) -> UInt32? {
        guard let number = table.number(of: token) else { return nil }
        var storage = sockaddr_storage()
        var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
        let result = withUnsafeMutablePointer(to: &storage) { storage in
            storage.withMemoryRebound(to: sockaddr.self, capacity: 1) { getpeername(number, $0, &length) }
        }
        guard result == 0 else { return nil }
        let family = Int32(storage.ss_family)
        return withUnsafeBytes(of: &storage) { bytes in
            func word(_ offset: Int) -> UInt32 {
                UInt32(bigEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt32.self))
            }
            switch family {
            case AF_INET: return word(4)
            case AF_INET6:
                let words = [8, 12, 16, 20].map(word)
                // ::ffff:0:0/96 (RFC 4291, 2.5.5.2)
                return words[..<3] == [0, 0, 0xFFFF] ? words[3] : words.reduce(0, ^)
            default: return nil
            }
        }
    }

    /// Nil for a socket that has no IP address.
    static func of(_ descriptor: borrowing OwnedFD) throws(IOError) -> SocketName? {
        var storage = sockaddr_storage()
        var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
        let number = descriptor.number
        let result = withUnsafeMutablePointer(to: &storage) { storage in
            storage.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(number, $0, &length) }
        }
        guard result == 0 else { throw IOError("getsockname", .init(rawValue: errno)) }
        return withUnsafePointer(to: &storage) { SocketName($0) }
    }

    /// An address of any family, as the resolver gives it.
    init?(_ name: UnsafeRawPointer, length: Int) {
        var storage = sockaddr_storage()
        guard length <= MemoryLayout<sockaddr_storage>.size else { return nil }
        withUnsafeMutableBytes(of: &storage) {
            $0.copyMemory(from: UnsafeRawBufferPointer(start: name, count: length))
        }
        self.init(&storage)
    }

    init?(_ storage: UnsafePointer<sockaddr_storage>) {
        switch Int32(storage.pointee.ss_family) {
        case AF_INET:
            var name = UnsafeRawPointer(storage).loadUnaligned(as: sockaddr_in.self)
            family = .ipv4
            address = Self.text(AF_INET, &name.sin_addr, INET_ADDRSTRLEN)
            port = UInt16(bigEndian: name.sin_port)
        case AF_INET6:
            var name = UnsafeRawPointer(storage).loadUnaligned(as: sockaddr_in6.self)
            family = .ipv6
            address = Self.text(AF_INET6, &name.sin6_addr, INET6_ADDRSTRLEN) + Self.zone(of: name)
            port = UInt16(bigEndian: name.sin6_port)
        default:
            return nil
        }
    }

    /// `%eth0` after an address that is valid on one link only (RFC 4007, section 11), as in Node. Otherwise empty.
    private static func zone(of name: sockaddr_in6) -> String {
        var address = name.sin6_addr
        // fe80::/10 (RFC 4291, 2.5.6)
        let isLinkLocal = withUnsafeBytes(of: &address) { $0[0] == 0xfe && $0[1] & 0xc0 == 0x80 }
        guard isLinkLocal, name.sin6_scope_id > 0 else { return "" }
        return withUnsafeTemporaryAllocation(of: CChar.self, capacity: Int(IF_NAMESIZE)) { buffer in
            guard let text = if_indextoname(name.sin6_scope_id, buffer.baseAddress) else { return "" }
            return "%" + String(cString: text)
        }
    }

    private static func text(_ family: Int32, _ address: UnsafeRawPointer, _ capacity: Int32) -> String {
        withUnsafeTemporaryAllocation(of: CChar.self, capacity: Int(capacity)) { buffer in
            // It cannot fail: the family is known and the buffer has the length that it asks for.
            inet_ntop(family, address, buffer.baseAddress, socklen_t(capacity))
            return String(cString: buffer.baseAddress!)
        }
    }
}
