// SPDX-License-Identifier: Apache-2.0

import NIOCore
import NIOSSL

/// Notices how a handshake ends. It stands behind the TLS handler, which closes the connection if the handshake fails.
final class TLSOutcomeHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer

    private let didFail: (NIOSSLError) -> Void
    private let didShow: (NIOSSLCertificate) -> Void
    private var hasRead = false

    /// - Parameters:
    ///   - didFail: called if the handshake fails.
    ///   - didShow: called with the client's certificate, if there is one, before the client's first bytes.
    init(didFail: @escaping (NIOSSLError) -> Void, didShow: @escaping (NIOSSLCertificate) -> Void) {
        self.didFail = didFail
        self.didShow = didShow
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        if !hasRead {
            hasRead = true
            if let certificate = try? context.pipeline.syncOperations.nioSSL_peerCertificate() { didShow(certificate) }
        }
        context.fireChannelRead(data)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        if let error = error as? NIOSSLError, case .handshakeFailed = error { didFail(error) }
        context.fireErrorCaught(error)
    }
}
