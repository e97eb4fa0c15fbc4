// SPDX-License-Identifier: Apache-2.0

import Cluster
import Glibc

/// An HTTP server on a free port, or on the one that its argument names, that says which worker it is.
enum HTTPServer {
    static func run(_ worker: Worker, _ arguments: [String]) async throws {
        let listener = try await worker.listen(port: arguments.first.flatMap(Int.init) ?? 0)
        await serve(listener) { request in
            if request.hasPrefix("GET /crash ") { abort() }
            return "worker \(worker.id)"
        }
    }

    /// Answers one request a connection, until the listener is closed and its connections are.
    static func serve(_ listener: WorkerListener, _ answer: @escaping @Sendable (String) -> String) async {
        await withDiscardingTaskGroup { group in
            for await connection in listener.connections {
                group.addTask {
                    // A client that goes away is its own business.
                    try? await serve(connection, answer)
                    await connection.close()
                }
            }
        }
    }

    private static func serve(_ connection: Connection, _ answer: (String) -> String) async throws {
        var request = ""
        while !request.hasSuffix("\r\n\r\n") {
            let piece = try await connection.read()
            if piece.isEmpty { return }
            request += String(decoding: piece, as: UTF8.self)
        }
        let body = answer(request)
        let reply = "HTTP/1.1 200 OK\r\nContent-Length: \(body.utf8.count)\r\nConnection: close\r\n\r\n\(body)"
        try await connection.write(Array(reply.utf8))
    }
}
