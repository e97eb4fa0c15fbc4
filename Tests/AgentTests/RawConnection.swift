// SPDX-License-Identifier: Apache-2.0

import Foundation
import Glibc

/// A connection of a test's own, to a port of this machine or to a unix socket. It is closed when it goes.
final class RawConnection: Sendable {
    private let descriptor: Int32

    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    init(port: Int) throws {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        var name = sockaddr_in()
        name.sin_family = sa_family_t(AF_INET)
        name.sin_port = UInt16(port).bigEndian
        name.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        try connect(&name)
    }

    init(path: String) throws {
        descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        var name = sockaddr_un()
        name.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &name.sun_path) { $0.copyBytes(from: path.utf8.prefix($0.count - 1)) }
        try connect(&name)
    }

    deinit {
        Glibc.close(descriptor)
    }

    private func connect<Name>(_ name: inout Name) throws {
        let result = withUnsafePointer(to: &name) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                Glibc.connect(descriptor, $0, socklen_t(MemoryLayout<Name>.size))
            }
        }
        guard result == 0 else { throw Failure(description: String(cString: strerror(errno))) }
    }

    func send(_ text: String) throws {
        var bytes = Array(text.utf8)[...]
        while !bytes.isEmpty {
            let count = bytes.withUnsafeBytes { Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
            guard count > 0 else { throw Failure(description: String(cString: strerror(errno))) }
            bytes.removeFirst(count)
        }
    }

    /// Sends nothing more.
    func finish() throws {
        guard shutdown(descriptor, Int32(SHUT_WR)) == 0 else {
            throw Failure(description: String(cString: strerror(errno)))
        }
    }

    /// What comes, up to and with the first `marker`; all that comes, if the other end closes before.
    func read(until marker: String = "\u{0}\u{0}no such marker") async throws -> String {
        try await withCheckedThrowingContinuation { continuation in
            Thread.detachNewThread { [self] in
                var text = ""
                var byte: UInt8 = 0
                var bytes: [UInt8] = []
                while !text.hasSuffix(marker) {
                    let count = Glibc.read(descriptor, &byte, 1)
                    if count == 0 || (count < 0 && errno == ECONNRESET) { break }
                    guard count > 0 else {
                        return continuation.resume(throwing: Failure(description: String(cString: strerror(errno))))
                    }
                    bytes.append(byte)
                    if byte == marker.utf8.last { text = String(decoding: bytes, as: UTF8.self) }
                }
                continuation.resume(returning: String(decoding: bytes, as: UTF8.self))
            }
        }
    }
}
