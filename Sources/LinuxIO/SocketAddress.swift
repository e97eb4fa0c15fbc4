// SPDX-License-Identifier: Apache-2.0

import Glibc
import SystemPackage

/// An address in the kernel's form.
struct SocketAddress {
    private var storage = sockaddr_storage()
    private let length: socklen_t

    var family: Int32 { Int32(storage.ss_family) }

    /// - Throws: EINVAL if `host` is not an IP address.
    init(host: String, port: UInt16) throws(IOError) {
        var name4 = sockaddr_in()
        var name6 = sockaddr_in6()
        if inet_pton(AF_INET, host, &name4.sin_addr) == 1 {
            name4.sin_family = sa_family_t(AF_INET)
            name4.sin_port = port.bigEndian
            length = socklen_t(MemoryLayout<sockaddr_in>.size)
            Self.copy(&name4, to: &storage)
            return
        }
        // fe80::1%eth0: the scope stands behind the address (RFC 4007, section 11).
        let parts = host.split(separator: "%", maxSplits: 1)
        guard let address = parts.first, inet_pton(AF_INET6, String(address), &name6.sin6_addr) == 1 else {
            throw IOError("inet_pton", .invalidArgument)
        }
        if parts.count == 2 { name6.sin6_scope_id = Self.index(ofInterface: parts[1]) }
        name6.sin6_family = sa_family_t(AF_INET6)
        name6.sin6_port = port.bigEndian
        length = socklen_t(MemoryLayout<sockaddr_in6>.size)
        Self.copy(&name6, to: &storage)
    }

    /// 0 if there is none.
    private static func index(ofInterface zone: Substring) -> UInt32 {
        // An interface may have a name such as +2. Swift would read that as a number.
        let isNumber = zone.utf8.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
        return isNumber ? UInt32(zone) ?? 0 : if_nametoindex(String(zone))
    }

    /// - Throws: ENAMETOOLONG over 107 bytes (108 for an abstract name), EINVAL for an empty path.
    init(path: String) throws(IOError) {
        var name = sockaddr_un()
        let bytes = Array(path.utf8)
        let capacity = MemoryLayout.size(ofValue: name.sun_path)
        guard let first = bytes.first else { throw IOError("bind", .invalidArgument) }
        let isAbstract = first == 0
        guard bytes.count < capacity || (isAbstract && bytes.count == capacity) else {
            throw IOError("bind", .fileNameTooLong)
        }
        name.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &name.sun_path) { $0.copyBytes(from: bytes) }
        // An abstract name is as long as it says; a path ends with a NUL.
        let start = MemoryLayout<sockaddr_un>.offset(of: \.sun_path)!
        length = socklen_t(start + bytes.count + (isAbstract ? 0 : 1))
        Self.copy(&name, to: &storage)
    }

    private static func copy<Name>(_ name: inout Name, to storage: inout sockaddr_storage) {
        withUnsafeMutableBytes(of: &storage) { target in
            withUnsafeBytes(of: &name) { target.copyMemory(from: $0) }
        }
    }

    func bind(_ descriptor: borrowing OwnedFD) throws(IOError) {
        let number = descriptor.number
        let result = withPointer { Glibc.bind(number, $0, length) }
        guard result == 0 else { throw IOError("bind", .init(rawValue: errno)) }
    }

    func connect(_ descriptor: borrowing OwnedFD) throws(IOError) {
        let number = descriptor.number
        let result = withPointer { Glibc.connect(number, $0, length) }
        guard result == 0 else { throw IOError("connect", .init(rawValue: errno)) }
    }

    private func withPointer(_ body: (UnsafePointer<sockaddr>) -> Int32) -> Int32 {
        withUnsafePointer(to: storage) { storage in
            storage.withMemoryRebound(to: sockaddr.self, capacity: 1, body)
        }
    }

    func send(_ bytes: [UInt8], from descriptor: borrowing OwnedFD) throws(IOError) {
        let number = descriptor.number
        let result = bytes.withUnsafeBytes { bytes in
            withUnsafePointer(to: storage) { storage in
                storage.withMemoryRebound(to: sockaddr.self, capacity: 1) { name in
                    var result: Int
                    repeat {
                        result = sendto(
                            number, bytes.baseAddress, bytes.count, Int32(MSG_NOSIGNAL), name, length)
                    } while result < 0 && errno == EINTR
                    return result
                }
            }
        }
        guard result >= 0 else { throw IOError("sendto", .init(rawValue: errno)) }
    }
}
