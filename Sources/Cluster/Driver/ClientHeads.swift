// SPDX-License-Identifier: Apache-2.0

import LinuxIO
import Shared

/// Connections that wait until a header field is read.
final class ClientHeads {
    private struct Reading {
        let peek: ConnectionPeek
        let deadline: ContinuousClock.Instant
        /// How often it has been looked at.
        var looks = 0
        /// Called with the hash of the field's value, or with nil if the head has no such field.
        let result: (UInt32?) -> Void
    }

    /// A head comes in a few pieces. Each costs a look at all of them, so a client that sends byte by byte is not waited for.
    private static let mostLooks = 64

    private var readings: [ConnectionID: Reading] = [:]
    /// One for all of them, at the first deadline.
    private var timer: Int?
    private let head: RequestHead
    private let limit: Duration
    private let loop: EventLoop

    init(_ policy: SteeringPolicy, loop: EventLoop) {
        head = RequestHead(field: policy.stickyHeader)
        limit = policy.stickyWait
        self.loop = loop
    }

    /// Looks at what has come. Most clients have sent their heads by the time they are accepted, so nothing has to be set up.
    ///
    /// - Returns: nil if more has to come. Otherwise the hash of the field's value, or nil inside the optional if the head has no
    ///   such field.
    func look(at connection: ConnectionID, of table: DescriptorTable) -> UInt32?? {
        var word: UInt32??
        ConnectionPeek.look(
            at: DescriptorTable.Token(rawValue: connection.rawValue), of: table, atMost: RequestHead.limit, loop: loop
        ) { bytes, isLast in
            word = find(in: bytes, isLast: isLast)
        }
        return word
    }

    /// - Parameter result: called when the head has come, or the time is over.
    /// - Returns: false if the kernel cannot watch it. `result` is not called then.
    func wait(
        for connection: ConnectionID, of table: DescriptorTable, _ result: @escaping (UInt32?) -> Void
    ) -> Bool {
        let token = DescriptorTable.Token(rawValue: connection.rawValue)
        let peek = try? ConnectionPeek(token, of: table, atMost: RequestHead.limit, loop: loop) {
            [unowned self] bytes, isLast in
            didCome(bytes, isLast: isLast, from: connection)
        }
        guard let peek else { return false }
        readings[connection] = Reading(peek: peek, deadline: .now + limit, result: result)
        wake()
        return true
    }

    /// As ``look(at:of:)``.
    ///
    /// - Parameter isLast: no more will come.
    private func find(in bytes: UnsafeRawBufferPointer, isLast: Bool) -> UInt32?? {
        switch head.find(in: bytes) {
        case .value(let word): .some(word)
        case .absent: .some(nil)
        case .incomplete: isLast ? .some(nil) : nil
        }
    }

    private func didCome(_ bytes: UnsafeRawBufferPointer, isLast: Bool, from connection: ConnectionID) {
        readings[connection]?.looks += 1
        let isTooSlow = readings[connection].map { $0.looks >= Self.mostLooks } ?? true
        if let word = find(in: bytes, isLast: isLast || isTooSlow) { end(connection, word) }
    }

    /// The last deadline is that of the newest, so a timer that is set comes before it.
    private func wake() {
        guard timer == nil, let next = readings.values.lazy.map(\.deadline).min() else { return }
        timer = loop.schedule(at: next) { [weak self] in self?.endOverdue() }
    }

    private func endOverdue() {
        timer = nil
        let now = ContinuousClock.now
        let overdue = readings.filter { $0.value.deadline <= now }
        for connection in overdue.keys { end(connection, nil) }
        wake()
    }

    /// Waits no longer for this client. Its address counts.
    func endNow(_ connection: ConnectionID) { end(connection, nil) }

    private func end(_ connection: ConnectionID, _ word: UInt32?) {
        forget(connection)?(word)
    }

    /// The connection is about to be closed.
    ///
    /// - Returns: who waits for its result.
    @discardableResult
    func forget(_ connection: ConnectionID) -> ((UInt32?) -> Void)? {
        guard !readings.isEmpty, let reading = readings.removeValue(forKey: connection) else { return nil }
        reading.peek.end()
        return reading.result
    }

    /// All connections are about to be closed, and nobody waits any more.
    func forgetAll() {
        for reading in readings.values { reading.peek.end() }
        readings = [:]
        if let timer { loop.cancel(timer) }
        timer = nil
    }
}
