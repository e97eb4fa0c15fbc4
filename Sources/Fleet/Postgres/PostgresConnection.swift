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
    private let password: @Sendable () -> String?
    private let connectLimit: Duration
    private let greet: @Sendable (PostgresSession) throws(PostgresError) -> Void
    private let ending = EndingFlag()
    /// A serial queue has one thread at a time.
    private let thread: DispatchQueue
    /// Only the thread takes it, so nobody waits for the lock.
    private let session = Mutex<PostgresSession?>(nil)
    private let logIn: LogIn
    private let calls = Mutex(PendingCalls())

    /// Does not connect yet.
    /// - Parameters:
    ///   - label: names the thread.
    ///   - connectLimit: for each host of the address.
    ///   - password: asked at each log-in, on the thread, because it may change. Nil: the address has it.
    ///   - pausing: whether calls fail at once for a while after one that could not log in.
    ///   - greet: what each session begins with.
    init(
        to address: PostgresAddress, password: @escaping @Sendable () -> String? = { nil }, label: String,
        connectLimit: Duration = .seconds(5), pausing: Bool = false,
        greet: @escaping @Sendable (PostgresSession) throws(PostgresError) -> Void = { (_) throws(PostgresError) in }
    ) {
        self.address = address
        self.password = password
        self.connectLimit = connectLimit
        self.greet = greet
        logIn = LogIn(pauses: pausing)
        thread = DispatchQueue(label: "cluster.fleet.\(label)")
    }

    deinit { ending.set() }

    /// Runs `body` on the thread, in the open session or in a new one.
    /// - Throws: `PostgresError`. A session that broke is given up, and the next call opens another. `closed` if the task is
    ///   cancelled: nobody waits for the thread then, which may be in a call that has no end.
    func perform<Result: Sendable>(
        _ body: @escaping @Sendable (PostgresSession) throws(PostgresError) -> Result
    ) async throws(PostgresError) -> Result {
        let call = PendingCall<Result>()
        let number = calls.withLock { $0.add { call.end(.failure(Self.closed)) } }
        defer { calls.withLock { $0.remove(number) } }
        // The thread may be in a call that has no end.
        if ending.isSet { call.end(.failure(Self.closed)) }
        let result = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                call.begin(continuation)
                thread.async { [self] in
                    guard !call.isOver else { return }
                    call.end(runHere(body))
                }
            }
        } onCancel: {
            call.end(.failure(Self.closed))
        }
        return try result.get()
    }

    private static let closed = PostgresError(.closed, "the agent is shutting down")

    private func runHere<Result: Sendable>(
        _ body: @Sendable (PostgresSession) throws(PostgresError) -> Result
    ) -> Swift.Result<Result, PostgresError> {
        session.withLock { session in
            do throws(PostgresError) {
                guard !ending.isSet else { throw Self.closed }
                let open: PostgresSession
                if let current = session {
                    open = current
                } else {
                    open = try logIn.attempt { () throws(PostgresError) in
                        let new = try PostgresSession.open(
                            address.with(password: password()), within: connectLimit, ending: ending)
                        try greet(new)
                        return new
                    }
                    session = open
                }
                return .success(try body(open))
            } catch {
                if error.endsSession { session = nil }
                return .failure(error)
            }
        }
    }

    /// Ends the session, and all calls that wait for an answer. Later calls fail.
    package func close() {
        ending.set()
        for end in calls.withLock({ $0.all }) { end() }
        thread.async { [self] in session.withLock { $0 = nil } }
    }
}
