// SPDX-License-Identifier: Apache-2.0

import Glibc

/// The reading end of a pipe. Used on the loop's thread alone.
///
/// A pipe and not a pair of sockets: a program may open `/dev/stderr` by its name, which fails if a socket stands there.
package final class PipeReader: ReadinessHandler {
    /// Who gets what comes.
    package protocol Delegate: AnyObject {
        /// - Parameter bytes: valid during the call only.
        func pipe(_ pipe: PipeReader, didReceive bytes: UnsafeRawBufferPointer)
        /// All writers have closed it. Comes once.
        func pipeDidEnd(_ pipe: PipeReader)
    }

    /// Reads for one readiness, so that one program that writes without end does not starve the others.
    private static let readsPerTurn = 4

    private let loop: EventLoop
    private let descriptor: OwnedFD
    private var registration: EventLoop.Registration?
    private weak var delegate: (any Delegate)?

    package init(_ descriptor: consuming OwnedFD, loop: EventLoop, delegate: any Delegate) throws(IOError) {
        self.descriptor = descriptor
        self.loop = loop
        self.delegate = delegate
        let number = self.descriptor.number
        try systemCall("fcntl") { fcntl(number, F_SETFL, O_NONBLOCK) }
        registration = try loop.register(number, .readable, self)
    }

    func didBecomeReady(_ readiness: Readiness) {
        read(atMost: Self.readsPerTurn)
    }

    /// Reads what has been written up to now, but no more than a pipe holds: who writes on goes on without end.
    package func drain() {
        read(atMost: 16)
    }

    private func read(atMost count: Int) {
        loop.withScratch { read(atMost: count, into: $0) }
    }

    private func read(atMost count: Int, into scratch: UnsafeMutableRawBufferPointer) {
        for _ in 0..<count where registration != nil {
            let received = Glibc.read(descriptor.number, scratch.baseAddress, scratch.count)
            if received > 0 {
                delegate?.pipe(self, didReceive: UnsafeRawBufferPointer(rebasing: scratch[..<received]))
            } else if received < 0, errno == EINTR {
                continue
            } else if received < 0, errno == EAGAIN {
                return
            } else {
                close()
                delegate?.pipeDidEnd(self)
            }
        }
    }

    package func close() {
        guard let registration else { return }
        self.registration = nil
        loop.unregister(registration, descriptor.number)
    }
}
