// SPDX-License-Identifier: Apache-2.0

import Cluster
import ClusterNIO
import NIOCore
import NIOPosix

/// Makes a channel of each connection that it is given, and tells the primary what comes of a second try and
/// when there are no more.
enum Connections {
    static func run(_ worker: Worker) async throws {
        let listener = try await worker.listen(port: 0)
        for await connection in listener.connections {
            _ = try await channel(of: connection, worker)
            do {
                _ = try await channel(of: connection, worker)
            } catch let error as ClusterError {
                try await worker.send(error.reason.rawValue)
            }
        }
        try await worker.send("no more")
        // Until the last channel is closed.
        await worker.waitUntilDisconnected()
    }

    private static func channel(of connection: Connection, _ worker: Worker) async throws -> any Channel {
        try await ClientBootstrap(group: .singletonMultiThreadedEventLoopGroup).withConnection(connection) { channel in
            channel.eventLoop.makeCompletedFuture {
                try channel.pipeline.syncOperations.addHandler(EchoHandler(worker.id))
                return channel
            }
        }
    }
}
