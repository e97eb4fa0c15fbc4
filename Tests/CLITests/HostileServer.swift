// SPDX-License-Identifier: Apache-2.0

import Foundation
import Glibc
import Synchronization

/// A server that answers each request with the bytes that a test gives it, HTTP or not.
final class HostileServer: Sendable {
    enum Step: Sendable {
        case text(String)
        case bytes([UInt8])
        /// Again and again, until the client goes.
        case endless(String)
        /// Nothing more, until the client goes.
        case silence
    }

    struct NoServer: Error {
        let reason: String
    }

    let port: UInt16
    var url: String { "http://127.0.0.1:\(port)" }
    /// The heads of the requests that came.
    var requests: [String] { heads.withLock { $0 } }

    private let listener: Int32
    private let toWatchesOnly: Bool
    private let heads = Mutex<[String]>([])

    private init(_ steps: [Step], toWatchesOnly: Bool) throws {
        self.toWatchesOnly = toWatchesOnly
        listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let listener = listener
        let isListening = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { name in
                bind(listener, name, length) == 0 && listen(listener, 64) == 0
                    && getsockname(listener, name, &length) == 0
            }
        }
        guard isListening else {
            throw NoServer(reason: String(cString: strerror(errno)))
        }
        port = UInt16(bigEndian: address.sin_port)
        Thread.detachNewThread { [self] in
            while case let client = accept(listener, nil, nil), client >= 0 {
                _ = fcntl(client, F_SETFD, FD_CLOEXEC)
                Thread.detachNewThread { self.serve(client, steps) }
            }
            close(listener)
        }
    }

    /// Runs one while `body` runs.
    ///
    /// - Parameter toWatchesOnly: other requests get an empty history.
    static func run(_ steps: [Step], toWatchesOnly: Bool = false, _ body: (HostileServer) async throws -> Void)
        async throws
    {
        let server = try HostileServer(steps, toWatchesOnly: toWatchesOnly)
        // This ends the wait for clients, which closes it.
        defer { shutdown(server.listener, Int32(SHUT_RDWR)) }
        try await body(server)
    }

    private func serve(_ client: Int32, _ steps: [Step]) {
        defer {
            // A program that is started in this moment may have inherited it.
            shutdown(client, Int32(SHUT_RDWR))
            close(client)
        }
        guard let head = Self.head(from: client) else { return }
        heads.withLock { $0.append(head) }
        guard !toWatchesOnly || head.contains(":watch") else {
            let empty = Sample.events([])
            _ = Self.send(
                Array("HTTP/1.1 200 OK\r\nContent-Length: \(empty.utf8.count)\r\n\r\n\(empty)".utf8), to: client)
            return
        }
        for step in steps {
            switch step {
            case .text(let text): guard Self.send(Array(text.utf8), to: client) else { return }
            case .bytes(let bytes): guard Self.send(bytes, to: client) else { return }
            case .endless(let text):
                let block = Array(String(repeating: text, count: max(1, 65536 / text.utf8.count)).utf8)
                while Self.send(block, to: client) {}
                return
            case .silence:
                var byte: UInt8 = 0
                while recv(client, &byte, 1, 0) > 0 {}
                return
            }
        }
    }

    private static func head(from client: Int32) -> String? {
        var bytes: [UInt8] = []
        var byte: UInt8 = 0
        while !bytes.suffix(4).elementsEqual([13, 10, 13, 10]) {
            guard recv(client, &byte, 1, 0) == 1 else { return nil }
            bytes.append(byte)
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    private static func send(_ bytes: [UInt8], to client: Int32) -> Bool {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes {
                Glibc.send(client, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else { return false }
            rest = rest.dropFirst(count)
        }
        return true
    }
}
