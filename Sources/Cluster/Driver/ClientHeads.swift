// SPDX-License-Identifier: Apache-2.0

import LinuxIO
import Shared

/// Connections of which a header field has to be read before somebody gets them.
final class ClientHeads {
    private struct Reading {
        let peek: ConnectionPeek
        let timer: Int
        /// Told the hash of the field's value, or nil if there is none.
        let result: (UInt32?) -> Void
    }

    private var readings: [ConnectionID: Reading] = [:]
    private let head: RequestHead
    private let limit: Duration
    private let loop: EventLoop

    init(_ policy: SteeringPolicy, loop: EventLoop) {
        head = RequestHead(field: policy.stickyHeader)
        limit = policy.stickyWait
        self.loop = loop
    }

    /// - Returns: false if the kernel cannot watch it. `result` is not called then.
    func read(
        _ connection: ConnectionID, of table: DescriptorTable, _ result: @escaping (UInt32?) -> Void
    ) -> Bool {
        let token = DescriptorTable.Token(rawValue: connection.rawValue)
        let peek = try? ConnectionPeek(token, of: table, atMost: RequestHead.limit, loop: loop) {
            [unowned self] bytes, isLast in
            switch head.find(in: bytes) {
            case .value(let word): end(connection, word)
            case .absent: end(connection, nil)
            case .incomplete: if isLast { end(connection, nil) }
            }
        }
        guard let peek else { return false }
        let timer = loop.schedule(after: limit) { [weak self] in self?.end(connection, nil) }
        readings[connection] = Reading(peek: peek, timer: timer, result: result)
        return true
    }

    private func end(_ connection: ConnectionID, _ word: UInt32?) {
        forget(connection)?(word)
    }

    /// The connection is about to be closed.
    ///
    /// - Returns: who waits for its result.
    @discardableResult
    func forget(_ connection: ConnectionID) -> ((UInt32?) -> Void)? {
        guard let reading = readings.removeValue(forKey: connection) else { return nil }
        reading.peek.end()
        loop.cancel(reading.timer)
        return reading.result
    }
}
