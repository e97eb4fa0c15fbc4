// SPDX-License-Identifier: Apache-2.0

import Cluster
import Foundation
import Shared

/// Listens on each of its arguments (JSON) and sends what came of each; answers with its id.
enum Listen {
    private struct Options: Decodable {
        var port: Int?
        var host: String?
        var path: String?
        var fd: Int?
        var exclusive: Bool?
        var ipv6Only: Bool?
        var reusePort: Bool?
        var maxConnections: Int?
    }

    private struct Answer: Encodable {
        var address: ListeningAddress?
        var reason: String?
        var message: String?
    }

    static func run(_ worker: Worker, _ arguments: [String]) async throws {
        var listeners: [WorkerListener] = []
        for argument in arguments {
            let options = try JSONDecoder().decode(Options.self, from: Data(argument.utf8))
            do throws(ClusterError) {
                let listener = try await listen(worker, options)
                listeners.append(listener)
                try await worker.send(Answer(address: listener.address))
            } catch {
                try await worker.send(Answer(reason: error.reason.rawValue, message: error.message))
            }
        }
        await withDiscardingTaskGroup { group in
            for listener in listeners {
                group.addTask { await serve(listener, worker.id) }
            }
            for await _ in worker.events {}
        }
    }

    private static func listen(_ worker: Worker, _ options: Options) async throws(ClusterError) -> WorkerListener {
        if let path = options.path {
            return try await worker.listen(path: path, exclusive: options.exclusive ?? false)
        }
        if let fd = options.fd { return try await worker.listen(descriptor: fd) }
        return try await worker.listen(
            port: options.port ?? 0, host: options.host, exclusive: options.exclusive ?? false,
            ipv6Only: options.ipv6Only ?? false, reusePort: options.reusePort ?? false,
            maxConnections: options.maxConnections)
    }

    private static func serve(_ listener: WorkerListener, _ id: WorkerID) async {
        await withDiscardingTaskGroup { group in
            for await connection in listener.connections {
                group.addTask {
                    // A client that goes away is its own business.
                    try? await connection.write(Array("\(id)".utf8))
                    await connection.finishWriting()
                    _ = try? await connection.read()
                    await connection.close()
                }
            }
        }
    }
}
