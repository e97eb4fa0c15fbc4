// SPDX-License-Identifier: Apache-2.0

import GRDB
import Shared

extension WorkerInfo {
    static let columns = """
        id, pid, state, connected, dead, exited_after_disconnect, exit_code, signal, exec, args, \
        settings_revision, listening, forked_ms, online_ms, listening_ms, disconnected_ms, exited_ms, \
        exit_reason, uptime_ms, max_rss_bytes, user_ms, system_ms, stderr, exit_request_id, exit_principal, node_id, \
        disconnect_reason, instance
        """

    static let upsert = """
        INSERT INTO workers (\(columns))
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
        ON CONFLICT (id) DO UPDATE SET
            pid = excluded.pid, state = excluded.state, connected = excluded.connected, dead = excluded.dead,
            exited_after_disconnect = excluded.exited_after_disconnect, exit_code = excluded.exit_code,
            signal = excluded.signal, exec = excluded.exec, args = excluded.args,
            settings_revision = excluded.settings_revision, listening = excluded.listening,
            forked_ms = excluded.forked_ms, online_ms = excluded.online_ms,
            listening_ms = excluded.listening_ms, disconnected_ms = excluded.disconnected_ms,
            exited_ms = excluded.exited_ms, exit_reason = coalesce(exit_reason, excluded.exit_reason),
            uptime_ms = excluded.uptime_ms,
            max_rss_bytes = excluded.max_rss_bytes, user_ms = excluded.user_ms, system_ms = excluded.system_ms,
            stderr = excluded.stderr, exit_request_id = excluded.exit_request_id,
            exit_principal = coalesce(exit_principal, excluded.exit_principal), node_id = excluded.node_id,
            disconnect_reason = excluded.disconnect_reason, instance = excluded.instance
        """

    /// The arguments of ``upsert``.
    var storedSummary: StatementArguments {
        get throws {
            [
                id.rawValue, pid, state.rawValue, connected, dead, exitedAfterDisconnect, exitCode, signal, exec,
                try StoredJSON.text(args), settingsRevision, try StoredJSON.text(listening), forkedAt.milliseconds,
                onlineAt?.milliseconds, listeningAt?.milliseconds, disconnectedAt?.milliseconds,
                exitedAt?.milliseconds, exit?.reason.rawValue, exit?.uptimeMs, exit?.maxRssBytes, exit?.userMs,
                exit?.systemMs, exit?.stderr, exit?.requestId, exit?.principal, nodeId.rawValue,
                disconnectReason?.rawValue, instance,
            ]
        }
    }

    /// - Parameter row: has ``columns``, in that order.
    init(stored row: Row) throws {
        let rawID = try row.decode(Int.self, atIndex: 0)
        let rawState = try row.decode(String.self, atIndex: 2)
        guard let id = WorkerID(rawValue: rawID), let state = WorkerState(rawValue: rawState) else {
            throw ClusterError(
                .unavailable, .historyUnavailable,
                "worker \(rawID) of state \(rawState) is unreadable; was the file changed by hand?")
        }
        self.init(
            // Before the schema's v0004 it was the id.
            id: id, nodeId: try row.decode(Int?.self, atIndex: 25).flatMap(WorkerID.init(rawValue:)),
            pid: try row.decode(atIndex: 1), exec: try row.decode(atIndex: 8),
            args: try StoredJSON.value(row.decode(atIndex: 9)), settingsRevision: try row.decode(atIndex: 10),
            forkedAt: Timestamp(milliseconds: try row.decode(atIndex: 12)))
        instance = try row.decode(atIndex: 27)
        supervised = instance != nil
        ready = supervised ? false : nil
        self.state = state
        connected = try row.decode(atIndex: 3)
        dead = try row.decode(atIndex: 4)
        exitedAfterDisconnect = try row.decode(atIndex: 5)
        disconnectReason = try row.decode(String?.self, atIndex: 26).flatMap(DisconnectReason.init(rawValue:))
        exitCode = try row.decode(atIndex: 6)
        signal = try row.decode(atIndex: 7)
        listening = try StoredJSON.value(row.decode(atIndex: 11))
        onlineAt = try row.decode(Int64?.self, atIndex: 13).map(Timestamp.init(milliseconds:))
        listeningAt = try row.decode(Int64?.self, atIndex: 14).map(Timestamp.init(milliseconds:))
        disconnectedAt = try row.decode(Int64?.self, atIndex: 15).map(Timestamp.init(milliseconds:))
        exitedAt = try row.decode(Int64?.self, atIndex: 16).map(Timestamp.init(milliseconds:))
        exit = try Self.exit(stored: row, code: exitCode, signal: signal)
    }

    /// Nil while it lives, and for one that ended before reasons were recorded.
    private static func exit(stored row: Row, code: Int32?, signal: String?) throws -> ExitReport? {
        guard let reason = try row.decode(String?.self, atIndex: 17).flatMap(ExitReport.Reason.init(rawValue:))
        else { return nil }
        return ExitReport(
            reason: reason, code: code, signal: signal.flatMap(Signal.init), uptimeMs: try row.decode(atIndex: 18),
            maxRssBytes: try row.decode(atIndex: 19), userMs: try row.decode(atIndex: 20),
            systemMs: try row.decode(atIndex: 21), stderr: try row.decode(atIndex: 22),
            requestId: try row.decode(atIndex: 23), principal: try row.decode(atIndex: 24))
    }
}
