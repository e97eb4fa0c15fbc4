// SPDX-License-Identifier: Apache-2.0

import Foundation
import Glibc

/// A POST that the server cannot answer before the test has sent all of its body.
final class OpenRequest: Sendable {
    struct Failure: Error {
        let code: Int32
    }

    private let socket: FileHandle

    init(port: UInt16, path: String, length: Int) throws {
        let descriptor = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { throw Failure(code: errno) }
        socket = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
        var name = sockaddr_in()
        name.sin_family = sa_family_t(AF_INET)
        name.sin_port = port.bigEndian
        name.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        let result = withUnsafePointer(to: &name) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard result == 0 else { throw Failure(code: errno) }
        try send(
            "POST \(path) HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: \(length)\r\n"
                + "\r\n")
    }

    func send(_ text: String) throws {
        try socket.write(contentsOf: Data(text.utf8))
    }

    /// What comes until it holds `text`.
    func answer(holding text: String) async throws -> String {
        try await onThread { socket in
            var all = ""
            while !all.contains(text) {
                let data = socket.availableData
                guard !data.isEmpty else { throw Failure(code: ECONNRESET) }
                all += String(decoding: data, as: UTF8.self)
            }
            return all
        }
    }

    /// All that comes until the server closes the connection.
    func answer() async throws -> String {
        try await onThread { String(decoding: try $0.readToEnd() ?? Data(), as: UTF8.self) }
    }

    private func onThread(_ body: @escaping @Sendable (FileHandle) throws -> String) async throws -> String {
        try await withCheckedThrowingContinuation { continuation in
            Thread.detachNewThread { [socket] in continuation.resume(with: Result { try body(socket) }) }
        }
    }
}
