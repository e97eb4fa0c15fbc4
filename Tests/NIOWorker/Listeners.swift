// SPDX-License-Identifier: Apache-2.0

import Cluster
import ClusterNIO
import NIOCore
import NIOPosix

/// Lets no wish to read through, as a server that has enough.
final class ReadStopper: ChannelOutboundHandler {
    typealias OutboundIn = Never

    func read(context: ChannelHandlerContext) {}
}

/// Makes a server channel of a listener.
enum Listeners {
    /// Several, so that connections go from one event loop to others.
    private static let group = MultiThreadedEventLoopGroup(numberOfThreads: 3)

    /// Says and sends back, until it is told to go.
    static func serve(_ worker: Worker, _ maxConnections: Int?) async throws {
        _ = try await server(try await worker.listen(port: 0, maxConnections: maxConnections), worker)
        await worker.waitUntilDisconnected()
    }

    /// Closes the channel at the first message, and tells the primary when that is done.
    static func close(_ worker: Worker) async throws {
        let server = try await server(try await worker.listen(port: 0), worker)
        for await _ in worker.messages {
            try await server.close()
            try await worker.send("closed")
        }
    }

    /// Reads one connection and no more; at the first message, closes the channel as ``close(_:)`` does.
    static func stall(_ worker: Worker) async throws {
        let listener = try await worker.listen(port: 0)
        let server = try await ServerBootstrap(group: group)
            .serverChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(ReadStopper())
                }
            }
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(EchoHandler(worker.id))
                }
            }
            .withListener(listener, group: group)
        for await _ in worker.messages {
            try await server.close()
            try await worker.send("closed")
        }
        await worker.waitUntilDisconnected()
    }

    /// One greeting a connection, from a sequence of them; ends when the sequence does and all are greeted.
    static func iterate(_ worker: Worker) async throws {
        let listener = try await worker.listen(port: 0)
        let server = try await ServerBootstrap(group: group).withListener(listener, group: group) { channel in
            channel.eventLoop.makeCompletedFuture {
                try NIOAsyncChannel<ByteBuffer, ByteBuffer>(wrappingChannelSynchronously: channel)
            }
        }
        try await server.executeThenClose { connections in
            try await withThrowingDiscardingTaskGroup { group in
                for try await connection in connections {
                    group.addTask {
                        try await connection.executeThenClose { _, outbound in
                            try await outbound.write(ByteBuffer(string: "worker \(worker.id)"))
                        }
                    }
                }
            }
        }
        await worker.waitUntilDisconnected()
    }

    private static func server(_ listener: WorkerListener, _ worker: Worker) async throws -> any Channel {
        try await ServerBootstrap(group: group)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(EchoHandler(worker.id))
                }
            }
            .withListener(listener, group: group)
    }
}
