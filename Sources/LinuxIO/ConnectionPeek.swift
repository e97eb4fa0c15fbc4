// SPDX-License-Identifier: Apache-2.0

import Glibc

/// Looks at the first bytes of a connection without taking them (recv(2), MSG_PEEK), so that another process can still
/// read all of them.
package final class ConnectionPeek: ReadinessHandler {
    /// Gets all bytes that have come so far, up to the limit.
    ///
    /// - `isLast`: no more will come: the limit is reached, or the client has ended its side.
    package typealias Look = (_ bytes: UnsafeRawBufferPointer, _ isLast: Bool) -> Void

    /// Looks once, at what is there now.
    ///
    /// - Parameter body: called before this returns, and only if there is something: bytes, or the end.
    package static func look(
        at token: DescriptorTable.Token, of table: DescriptorTable, atMost limit: Int, loop: EventLoop, _ body: Look
    ) {
        guard let number = table.number(of: token) else { return }
        look(at: number, atMost: min(limit, loop.scratch.count), [], loop, body)
    }

    private static func look(
        at number: Int32, atMost limit: Int, _ readiness: Readiness, _ loop: EventLoop, _ body: Look
    ) {
        loop.withScratch { scratch in
            let count = recv(number, scratch.baseAddress, limit, Int32(MSG_PEEK) | Int32(MSG_DONTWAIT))
            if count < 0, errno == EAGAIN { return }
            let bytes = max(0, count)
            let isLast = bytes == 0 || bytes >= limit || !readiness.isDisjoint(with: [.ended, .hangup, .error])
            body(UnsafeRawBufferPointer(rebasing: scratch[..<bytes]), isLast)
        }
    }

    private let loop: EventLoop
    private let number: Int32
    private let limit: Int
    private let look: Look
    private var registration: EventLoop.Registration?

    /// Calls `look` each time when more bytes have come, and never in here. Each piece of them is reported once
    /// (EPOLLET): they stay in the socket, so they would be reported again and again otherwise.
    ///
    /// - Parameter limit: at most 64 KiB.
    /// - Returns: nil if the table has no such connection.
    package init?(
        _ token: DescriptorTable.Token, of table: DescriptorTable, atMost limit: Int, loop: EventLoop,
        _ look: @escaping Look
    ) throws(IOError) {
        guard let number = table.number(of: token) else { return nil }
        self.loop = loop
        self.number = number
        self.limit = min(limit, loop.scratch.count)
        self.look = look
        registration = try loop.register(number, [.readable, .ended, .edge], self)
    }

    func didBecomeReady(_ readiness: Readiness) {
        guard registration != nil else { return }
        Self.look(at: number, atMost: limit, readiness, loop, look)
    }

    /// Looks no more. Before the connection is closed.
    package func end() {
        if let registration { loop.unregister(registration, number) }
        registration = nil
    }
}
