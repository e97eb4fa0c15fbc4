// SPDX-License-Identifier: Apache-2.0

public import Cluster
import Logging
public import NIOCore
public import NIOPosix

extension ServerBootstrap {
    /// Makes a server channel from a worker's listener, under each policy. The channel reads the
    /// listener's connections.
    ///
    /// The channel stands on a socket to which nobody connects, so its address says nothing;
    /// ``Cluster/WorkerListener/address`` does. It closes with the listener, when it has all that came before, and the
    /// listener closes with it. The worker counts each connection as open until its channel is closed;
    /// ``Cluster/Worker/waitUntilDisconnected()`` waits for the last of them. `maxConnections` is that of the listener.
    ///
    /// - Parameter group: for the connections, as the bootstrap's own child group.
    /// - Throws: NIO's errors; `LISTEN_FAILED` if no directory can hold the channel's socket.
    public func withListener(_ listener: WorkerListener, group: any EventLoopGroup) async throws -> any Channel {
        let placeholder = try PlaceholderSocket()
        let server = try await bind(unixDomainSocketPath: placeholder.path).get()
        placeholder.removeName()
        try await Self.connect(listener, to: server, group: group)
        return server
    }

    /// The same for connections that come as an asynchronous sequence.
    ///
    /// - Parameters:
    ///   - group: for the connections, as the bootstrap's own child group.
    ///   - serverBackPressureStrategy: as in `bind`.
    ///   - childChannelInitializer: as in `bind`.
    /// - Throws: as ``withListener(_:group:)``.
    public func withListener<Output: Sendable>(
        _ listener: WorkerListener, group: any EventLoopGroup,
        serverBackPressureStrategy: NIOAsyncSequenceProducerBackPressureStrategies.HighLowWatermark? = nil,
        childChannelInitializer: @escaping @Sendable (any Channel) -> EventLoopFuture<Output>
    ) async throws -> NIOAsyncChannel<Output, Never> {
        let placeholder = try PlaceholderSocket()
        let server = try await bind(
            unixDomainSocketPath: placeholder.path, serverBackPressureStrategy: serverBackPressureStrategy,
            childChannelInitializer: childChannelInitializer)
        placeholder.removeName()
        try await Self.connect(listener, to: server.channel, group: group)
        return server
    }

    private static func connect(
        _ listener: WorkerListener, to server: any Channel, group: any EventLoopGroup
    ) async throws {
        let feed = ConnectionFeed(listener, to: server, group: group, logger: Logger(label: "cluster"))
        try await feed.open()
        Task {
            await feed.run()
            server.close(promise: nil)
        }
    }
}
