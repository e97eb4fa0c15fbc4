// SPDX-License-Identifier: Apache-2.0

import Cluster
import ClusterNIO
import NIOCore
import NIOPosix

func serve(_ worker: Worker, on group: any EventLoopGroup) async throws {
    let listener = try await worker.listen(port: 8000)
    _ = try await ServerBootstrap(group: group)
        .childChannelInitializer { channel in
            channel.eventLoop.makeCompletedFuture {
                try channel.pipeline.syncOperations.addHandler(EchoHandler())
            }
        }
        .withListener(listener, group: group)
    // The last connection is closed then.
    await worker.waitUntilDisconnected()
}

/// Sends back what comes.
private final class EchoHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        context.writeAndFlush(data, promise: nil)
    }
}
