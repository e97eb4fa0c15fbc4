// SPDX-License-Identifier: Apache-2.0

import Cluster
import Shared

/// Cancels a task in each wait that a worker has, and tells the primary what came of it.
enum Cancelled {
    static func run(_ worker: Worker) async throws {
        let socket = try await worker.bindDatagrams(port: 0, host: "127.0.0.1")
        let datagram = await cancelled { try await socket.receive() }
        let listener = try await worker.listen(port: 0, host: "127.0.0.1")
        let connection = await cancelled { () -> Connection? in
            var connections = listener.connections.makeAsyncIterator()
            return await connections.next()
        }
        let leaving = await cancelled { () -> Int? in
            await worker.waitUntilLeaving()
            return nil
        }
        // These end by themselves, so they are cancelled before they begin.
        let listening = await cancelled(fromTheStart: true) { try await worker.listen(port: 0) }
        let lookUp = await cancelled(fromTheStart: true) { try await worker.listen(port: 0, host: "localhost") }
        try await worker.send([datagram, connection, leaving, listening, lookUp])
        // What was cancelled can be done again.
        try await worker.send(["address": ["port": socket.address.port ?? 0]])
        let later = try await socket.receive()
        try await worker.send(String(decoding: later?.bytes ?? [], as: UTF8.self))
    }

    /// `nil` or the reason of the error.
    private static func cancelled(
        fromTheStart: Bool = false, _ body: @escaping @Sendable () async throws -> (some Sendable)?
    ) async -> String {
        let task = Task {
            if fromTheStart { withUnsafeCurrentTask { $0?.cancel() } }
            return try await body()
        }
        // Sometimes it is cancelled before the wait begins, and sometimes in it: both must end it.
        await Task.yield()
        task.cancel()
        do {
            return try await task.value == nil ? "nil" : "a value"
        } catch {
            return (error as? ClusterError)?.reason.rawValue ?? "\(error)"
        }
    }
}
