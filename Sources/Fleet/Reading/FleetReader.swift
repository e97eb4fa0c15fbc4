// SPDX-License-Identifier: Apache-2.0

package import Shared
import Synchronization

/// Reads the central history for callers of the API.
///
/// Callers get an answer before cluster-cli gives up, which it does after 10 s.
///
/// It has two connections, so that a slow query does not hold up all others, and no number of callers takes more of the
/// database.
package final class FleetReader: Sendable {
    private let connections: [PostgresConnection]
    private let turn = Atomic<UInt>(0)
    /// Callers that wait for a connection.
    private let waiting = Atomic<Int>(0)
    /// More than these are refused.
    private static let mostWaiting = 64

    /// Does not connect yet.
    /// - Parameter password: asked at each log-in. Nil: the address has it.
    package init(_ address: PostgresAddress, password: @escaping @Sendable () -> String? = { nil }) {
        connections = (1...2).map { number in
            PostgresConnection(
                to: address, password: password, label: "reader.\(number)", connectLimit: .seconds(3), pausing: true
            ) {
                session throws(PostgresError) in
                try session.migrate()
                try session.runScript("SET statement_timeout = '7s'")
                session.limit = .seconds(8)
            }
        }
    }

    /// Ends all that is under way.
    package func close() {
        for connection in connections { connection.close() }
    }

    package func agents() async throws(ClusterError) -> [FleetAgent] {
        try await read { session throws(PostgresError) in try session.agents() }
    }

    package func page(_ query: FleetEventQuery) async throws(ClusterError) -> FleetEventPage {
        try await read { session throws(PostgresError) in try session.page(query) }
    }

    package func workers(_ query: FleetWorkerQuery) async throws(ClusterError) -> FleetWorkerPage {
        try await read { session throws(PostgresError) in try session.workers(query) }
    }

    /// - Throws: `FLEET_AGENT_NOT_FOUND`, `FLEET_AGENT_LIVE`
    package func forget(_ name: String) async throws(ClusterError) {
        let isForgotten: Bool
        do throws(PostgresError) {
            // Not twice: done already, it would say that there is no such agent.
            isForgotten = try await perform(again: false) { session throws(PostgresError) in try session.forget(name) }
        } catch {
            guard error.kind == .conflict else { throw Self.unavailable(error) }
            throw ClusterError(
                .failedPrecondition, .fleetAgentLive, error.message, metadata: ["agent": name], cause: error)
        }
        guard isForgotten else {
            throw ClusterError(
                .notFound, .fleetAgentNotFound, "no agent of the fleet is called \(name)", metadata: ["agent": name])
        }
    }

    /// Where a watch begins that wants only what is to come.
    package func latestCursor() async throws(ClusterError) -> FleetCursor {
        try await read { session throws(PostgresError) in try session.watchBounds().latest }
    }

    /// - Throws: `SEQ_EXPIRED` if events after the cursor are no longer kept.
    package func check(_ cursor: FleetCursor) async throws(ClusterError) {
        _ = try await watched(after: cursor, limit: 1)
    }

    /// What was written after a cursor.
    /// - Throws: `SEQ_EXPIRED` if events after it are no longer kept.
    func watched(
        after cursor: FleetCursor, groups: Set<String> = [], limit: Int
    ) async throws(ClusterError) -> FleetWatchPage {
        do throws(PostgresError) {
            return try await perform { session throws(PostgresError) in
                try session.watched(after: cursor, groups: groups, limit: limit)
            }
        } catch {
            guard error.kind == .expired else { throw Self.unavailable(error) }
            throw ClusterError(
                .outOfRange, .seqExpired, "\(error.message); begin with after=earliest or after=latest", cause: error)
        }
    }

    private func read<Result: Sendable>(
        _ body: @escaping @Sendable (PostgresSession) throws(PostgresError) -> Result
    ) async throws(ClusterError) -> Result {
        do throws(PostgresError) {
            return try await perform(body)
        } catch {
            throw Self.unavailable(error)
        }
    }

    /// A session that broke since its last use is replaced once. Reading twice does no harm.
    private func perform<Result: Sendable>(
        again: Bool = true, _ body: @escaping @Sendable (PostgresSession) throws(PostgresError) -> Result
    ) async throws(PostgresError) -> Result {
        guard waiting.wrappingAdd(1, ordering: .relaxed).newValue <= Self.mostWaiting else {
            waiting.wrappingSubtract(1, ordering: .relaxed)
            throw PostgresError(.full, "too many queries wait for the fleet's database")
        }
        defer { waiting.wrappingSubtract(1, ordering: .relaxed) }
        let number = Int(turn.wrappingAdd(1, ordering: .relaxed).oldValue % UInt(connections.count))
        do throws(PostgresError) {
            return try await connections[number].perform(body)
        } catch {
            guard again, error.kind == .connection else { throw error }
            return try await connections[number].perform(body)
        }
    }

    private static func unavailable(_ error: PostgresError) -> ClusterError {
        ClusterError(
            .unavailable, .fleetUnavailable, "the fleet's database cannot be used now: \(error.message)", cause: error)
    }
}
