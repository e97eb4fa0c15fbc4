// SPDX-License-Identifier: Apache-2.0

public import Shared

// Messages between this program and the workers' programs.
extension Primary {
    /// Sends a message: `worker.send`.
    ///
    /// - Parameter json: one JSON value in UTF-8.
    /// - Throws: `WORKER_NOT_FOUND`, `WORKER_NOT_CONNECTED`, `WORKER_TAKES_NO_MESSAGES`, `MALFORMED_JSON`,
    ///   `RESERVED_MESSAGE` if Node would take it for a message of its own, `MESSAGE_QUEUE_FULL`
    public func send(json: [UInt8], to id: WorkerID) throws(ClusterError) -> SendOutcome {
        try MessageText.check(json)
        return try driver.send(json: json, with: nil, to: id)
    }

    /// Sends a message that is written as JSON.
    ///
    /// - Parameter socket: goes with the message, and belongs to the worker then.
    /// - Throws: as ``send(json:to:)``; `CONNECTION_CLOSED` if the socket was taken before.
    @discardableResult
    public func send(
        _ message: some Encodable & Sendable, with socket: PassedSocket? = nil, to id: WorkerID
    ) throws(ClusterError) -> SendOutcome {
        try driver.send(json: MessageText.json(message), with: socket, to: id)
    }

    /// `message` events are made only while this is on; off at first.
    public func publishMessages(_ on: Bool) {
        driver.publishesMessages = on
    }

    /// Calls `body` once, at the first message from a worker that nobody reads. One that says `"ready"` does not count.
    package func whenMessageUnread(_ body: @escaping @Sendable () -> Void) {
        driver.onUnreadMessage = body
    }

    /// Calls `body` with each message as it comes, on the primary's own thread: `cluster.on('message')`, for a program that
    /// answers very many. What blocks there blocks the primary. ``events`` have the messages too while
    /// ``publishMessages(_:)`` is on. The primary stays until ``close()`` then, even if nobody holds it.
    ///
    /// - Parameter body: may call the primary without waiting; nil ends it.
    public func onMessage(_ body: (@Sendable (isolated Primary, WorkerID, WorkerMessage) -> Void)?) {
        guard let body else { return driver.onMessage = nil }
        driver.onMessage = { worker, message in
            self.assumeIsolated { body($0, worker, message) }
        }
    }
}
