// SPDX-License-Identifier: Apache-2.0

import NIOCore
import NIOSSL

/// Notices that a handshake fails. It stands behind the handler of TLS, which then closes the connection.
final class TLSFailureHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private let didFail: (NIOSSLError) -> Void

    init(didFail: @escaping (NIOSSLError) -> Void) {
        self.didFail = didFail
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        if let error = error as? NIOSSLError, case .handshakeFailed = error { didFail(error) }
        context.fireErrorCaught(error)
    }
}
