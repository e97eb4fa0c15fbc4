// SPDX-License-Identifier: Apache-2.0

import CPQ
import Glibc

/// One session with a server, from its log-in to its end. It belongs to one thread.
///
/// Statements use libpq's asynchronous calls and wait in poll(2), because its other calls have no end: a server that is
/// stopped still has its connections, and a query there would wait for ever.
final class PostgresSession {
    private let connection: OpaquePointer
    private let ending: EndingFlag
    /// How long a statement may take, unless its caller says otherwise.
    var limit: Duration = .seconds(20)
    /// The names of the prepared statements by their text.
    private var prepared: [String: String] = [:]
    /// Of statements whose text depends on the query's filters.
    private static let mostPrepared = 200
    /// In milliseconds. So late it is noticed that the agent ends.
    private static let longestPoll = 200.0

    private init(_ connection: OpaquePointer, ending: EndingFlag) {
        self.connection = connection
        self.ending = ending
        // The default writes to standard error.
        PQsetNoticeProcessor(connection, { _, _ in }, nil)
    }

    /// Logs in. This waits as long as libpq does, which tries the hosts one after the other and gives each its time. Nobody
    /// waits for this thread when the agent ends.
    /// - Parameter limit: for each host of the address.
    static func open(
        _ address: PostgresAddress, within limit: Duration, ending: EndingFlag
    ) throws(PostgresError) -> PostgresSession {
        let connection = try connect(address.keywords(connectTimeout: Int(limit.components.seconds)))
        let session = PostgresSession(connection, ending: ending)
        guard PQstatus(connection) == CONNECTION_OK else { throw session.failure }
        try session.checkServer()
        guard PQsetnonblocking(connection, 1) == 0 else { throw session.failure }
        return session
    }

    deinit { PQfinish(connection) }

    private static func connect(_ words: [(name: String, value: String)]) throws(PostgresError) -> OpaquePointer {
        let copies = words.flatMap { [strdup($0.name), strdup($0.value)] }
        defer { for copy in copies { free(copy) } }
        let names = stride(from: 0, to: copies.count, by: 2).map { UnsafePointer(copies[$0]) } + [nil]
        let values = stride(from: 1, to: copies.count, by: 2).map { UnsafePointer(copies[$0]) } + [nil]
        guard let connection = PQconnectdbParams(names, values, 0) else {
            throw PostgresError(.connection, "out of memory")
        }
        return connection
    }

    private func checkServer() throws(PostgresError) {
        let version = PQserverVersion(connection)
        guard version >= 130_000 else {
            throw PostgresError(.unsuitable, "the server has PostgreSQL \(version / 10_000); 13 or later is needed")
        }
        let encoding = PQparameterStatus(connection, "server_encoding").map { String(cString: $0) } ?? ""
        guard encoding == "UTF8" else {
            throw PostgresError(
                .unsuitable,
                "the database's encoding is \(encoding); make one with createdb --encoding UTF8 -T template0")
        }
    }

    // MARK: Statements

    /// Runs one statement, prepared at its first use.
    /// - Parameter receive: gets each row as it arrives; false ends the receiving, and the rest is dropped.
    func run(
        _ sql: String, _ values: [PostgresValue] = [], within limit: Duration? = nil,
        receive: (inout PostgresRow) throws(PostgresError) -> Bool = { (_) throws(PostgresError) in true }
    ) throws(PostgresError) {
        let deadline = ContinuousClock.now + (limit ?? self.limit)
        let name = try prepare(sql, values, until: deadline)
        let bytes = values.map(\.bytes)
        // libpq counts them in an int.
        guard bytes.allSatisfy({ $0?.count ?? 0 <= Int32.max }) else {
            throw PostgresError(.data, "a value has more than 2 GiB")
        }
        let sent = Self.withPointers(bytes) { pointers in
            PQsendQueryPrepared(
                connection, name, Int32(values.count), pointers, bytes.map { Int32($0?.count ?? 0) },
                values.map { _ in Int32(1) }, 0)
        }
        guard sent == 1 else { throw failure }
        PQsetSingleRowMode(connection)
        try finish(until: deadline, receive)
    }

    /// Runs a text of several statements that takes no values, in one transaction.
    func runScript(_ sql: String, within limit: Duration = .seconds(60)) throws(PostgresError) {
        guard PQsendQuery(connection, sql) == 1 else { throw failure }
        try finish(until: .now + limit) { (_) throws(PostgresError) in true }
    }

    /// Runs `body` in one transaction.
    func inTransaction<Result>(_ body: () throws(PostgresError) -> Result) throws(PostgresError) -> Result {
        try runScript("BEGIN")
        do {
            let result = try body()
            try runScript("COMMIT")
            return result
        } catch {
            // If this fails too, the session is given up, and with it the transaction.
            if !error.endsSession { try runScript("ROLLBACK") }
            throw error
        }
    }

    private func prepare(
        _ sql: String, _ values: [PostgresValue], until deadline: ContinuousClock.Instant
    ) throws(PostgresError) -> String {
        if let name = prepared[sql] { return name }
        if prepared.count >= Self.mostPrepared {
            try runScript("DEALLOCATE ALL")
            prepared = [:]
        }
        let name = "cluster_\(prepared.count)"
        guard PQsendPrepare(connection, name, sql, Int32(values.count), values.map(\.type)) == 1 else { throw failure }
        try finish(until: deadline) { (_) throws(PostgresError) in true }
        prepared[sql] = name
        return name
    }

    /// Takes all results of what was sent.
    /// - Throws: the first error, when all is received.
    private func finish(
        until deadline: ContinuousClock.Instant,
        _ receive: (inout PostgresRow) throws(PostgresError) -> Bool
    ) throws(PostgresError) {
        var first: PostgresError?
        var wants = true
        while let result = try nextResult(until: deadline) {
            defer { PQclear(result) }
            switch PQresultStatus(result) {
            case PGRES_SINGLE_TUPLE:
                guard wants else { continue }
                do {
                    var row = PostgresRow(result)
                    wants = try receive(&row)
                } catch {
                    wants = false
                    first = first ?? error
                }
            case PGRES_TUPLES_OK, PGRES_COMMAND_OK, PGRES_EMPTY_QUERY: break
            default: first = first ?? error(of: result)
            }
        }
        if let first { throw first }
        guard PQstatus(connection) != CONNECTION_BAD else { throw failure }
    }

    private func nextResult(until deadline: ContinuousClock.Instant) throws(PostgresError) -> OpaquePointer? {
        while PQflush(connection) == 1 {
            try wait(for: Int16(POLLIN | POLLOUT), until: deadline)
            guard PQconsumeInput(connection) == 1 else { throw failure }
        }
        while PQisBusy(connection) == 1 {
            try wait(for: Int16(POLLIN), until: deadline)
            guard PQconsumeInput(connection) == 1 else { throw failure }
        }
        return PQgetResult(connection)
    }

    // MARK: Waiting and errors

    private func wait(for events: Int16, until deadline: ContinuousClock.Instant) throws(PostgresError) {
        while true {
            let left = deadline - .now
            guard left > .zero else { throw PostgresError(.timeout, "the server does not answer") }
            guard !ending.isSet else { throw PostgresError(.closed, "the agent is shutting down") }
            var polled = pollfd(fd: PQsocket(connection), events: events, revents: 0)
            let milliseconds = min((left / .milliseconds(1)).rounded(.up), Self.longestPoll)
            let count = poll(&polled, 1, Int32(milliseconds))
            if count > 0 { return }
            if count < 0, errno != EINTR {
                throw PostgresError(.connection, "poll: \(String(cString: strerror(errno)))")
            }
        }
    }

    /// What libpq says about the connection.
    private var failure: PostgresError {
        let text = PQerrorMessage(connection).map { String(cString: $0) } ?? ""
        return PostgresError(.connection, Self.oneLine(text))
    }

    private func error(of result: OpaquePointer) -> PostgresError {
        let text = Self.oneLine(PQresultErrorMessage(result).map { String(cString: $0) } ?? "")
        guard let state = cpq_sqlstate(result).map({ String(cString: $0) }) else {
            return PostgresError(.connection, text)
        }
        return PostgresError(state: state, message: text)
    }

    private static func oneLine(_ text: String) -> String {
        let line = text.split(whereSeparator: \.isNewline).joined(separator: "; ")
        return line.isEmpty ? "the connection broke" : String(line.prefix(500))
    }

    private static func withPointers<Result>(
        _ values: [[UInt8]?], _ body: ([UnsafePointer<CChar>?]) -> Result
    ) -> Result {
        // One allocation for all, so that the pointers hold while libpq copies them.
        let all = values.flatMap { $0 ?? [] }
        return all.withUnsafeBytes { buffer in
            var offset = 0
            let pointers = values.map { value -> UnsafePointer<CChar>? in
                guard let value else { return nil }
                defer { offset += value.count }
                // An empty value needs a pointer too, because none means NULL.
                guard let base = buffer.baseAddress, !value.isEmpty else {
                    return UnsafeRawPointer(empty.utf8Start).assumingMemoryBound(to: CChar.self)
                }
                return (base + offset).assumingMemoryBound(to: CChar.self)
            }
            return body(pointers)
        }
    }

    private static let empty: StaticString = ""
}
