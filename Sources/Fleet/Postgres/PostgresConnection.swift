// SPDX-License-Identifier: Apache-2.0

import Dispatch
import Synchronization

/// A connection to the database, with a thread of its own.
///
/// A thread and not a loop's callbacks: even libpq's asynchronous way to connect blocks when it looks up a host's name, reads
/// `~/.pgpass` or negotiates with Kerberos, and it gives no host a time limit. An agent has three such threads at most, and
/// they only wait.
package final class PostgresConnection: Sendable {
    private let address: PostgresAddress
    private let connectLimit: Duration
    private let greet: @Sendable (PostgresSession) throws(PostgresError) -> Void
    private let ending = EndingFlag()
    /// A serial queue has one thread at a time.
    private let thread: DispatchQueue
    /// Only the thread takes it, so nobody waits for the lock.
    private let session = Mutex<PostgresSession?>(nil)

    /// Does not connect yet.
    /// - Parameters:
    ///   - label: names the thread.
    ///   - connectLimit: for each host of the address.
    ///   - greet: what each session begins with.
    init(
        to address: PostgresAddress, label: String, connectLimit: Duration = .seconds(5),
        greet: @escaping @Sendable (PostgresSession) throws(PostgresError) -> Void = { (_) throws(PostgresError) in }
    ) {
        self.address = address
        self.connectLimit = connectLimit
        self.greet = greet
        thread = DispatchQueue(label: "cluster.fleet.\(label)")
    }

    deinit { ending.set() }

    /// Runs `body` on the thread, in the open session or in a new one.
    /// - Throws: `PostgresError`. A session that broke is given up, and the next call opens another.
    func perform<Result: Sendable>(
        _ body: @escaping @Sendable (PostgresSession) throws(PostgresError) -> Result
    ) async throws(PostgresError) -> Result {
        let result: Swift.Result<Result, PostgresError> = await withCheckedContinuation { continuation in
            thread.async { [self] in continuation.resume(returning: runHere(body)) }
        }
        return try result.get()
    }

    private func runHere<Result: Sendable>(
        _ body: @Sendable (PostgresSession) throws(PostgresError) -> Result
    ) -> Swift.Result<Result, PostgresError> {
        session.withLock { session in
            do throws(PostgresError) {
                guard !ending.isSet else {
                    throw PostgresError(.closed, "the agent is shutting down")
                }
                let open: PostgresSession
                if let current = session {
                    open = current
                } else {
                    open = try PostgresSession.open(address, within: connectLimit, ending: ending)
                    try greet(open)
                    session = open
                }
                return .success(try body(open))
            } catch {
                if error.endsSession { session = nil }
                return .failure(error)
            }
        }
    }

    /// Ends the session, and a statement that waits for its answer. Later calls fail.
    package func close() {
        ending.set()
        thread.async { [self] in session.withLock { $0 = nil } }
    }

    /// Gives up the session. The next call opens another, perhaps with another host.
    func reconnect() {
        thread.async { [self] in session.withLock { $0 = nil } }
    }
}

/// Tells a thread that waits for a server that nobody waits for it any more.
final class EndingFlag: Sendable {
    private let flag = Atomic(false)

    var isSet: Bool { flag.load(ordering: .acquiring) }

    func set() { flag.store(true, ordering: .releasing) }
}
