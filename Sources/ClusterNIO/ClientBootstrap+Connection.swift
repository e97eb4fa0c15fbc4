// SPDX-License-Identifier: Apache-2.0

public import Cluster
public import NIOCore
public import NIOPosix

extension ClientBootstrap {
    /// Makes a channel of a connection that a worker was given. The worker counts the connection as open until the
    /// channel is closed; ``Cluster/Worker/waitUntilDisconnected()`` waits for the last of them.
    ///
    /// - Parameter channelInitializer: as in `connect`. Its result is returned.
    /// - Throws: `CONNECTION_CLOSED` if the connection is closed or in use.
    public func withConnection<Output: Sendable>(
        _ connection: Connection, channelInitializer: @escaping @Sendable (any Channel) -> EventLoopFuture<Output>
    ) async throws -> Output {
        let detached = try connection.detach()
        return try await withConnectedSocket(detached.descriptor) { channel in
            channel.closeFuture.whenComplete { _ in detached.lease.end() }
            return channelInitializer(channel)
        }
    }
}
