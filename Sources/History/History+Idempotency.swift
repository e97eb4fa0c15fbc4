// SPDX-License-Identifier: Apache-2.0

import FoundationEssentials
import GRDB
import Shared

extension History {
    /// How long an answer is given again.
    package static let idempotencyMilliseconds: Int64 = 24 * 3_600_000

    /// Takes the request's key for it, durably, unless another request had it in the last 24 hours.
    package func claim(_ request: IdempotentRequest) throws -> IdempotencyClaim {
        try write { db in
            // A few at a time, so that no request pays for a day of others.
            try db.execute(
                sql: """
                    DELETE FROM idempotent_requests WHERE id IN
                        (SELECT id FROM idempotent_requests WHERE begun_ms <= ? ORDER BY begun_ms LIMIT 100)
                    """,
                arguments: [request.begunAt.milliseconds - Self.idempotencyMilliseconds])
            try db.execute(
                sql: "DELETE FROM idempotent_requests WHERE principal = ? AND key = ? AND begun_ms <= ?",
                arguments: [
                    request.principal, request.key, request.begunAt.milliseconds - Self.idempotencyMilliseconds,
                ])
            if let known = try Self.known(request, db) { return known }
            try db.execute(
                sql: """
                    INSERT INTO idempotent_requests (principal, key, fingerprint, request_id, begun_ms)
                    VALUES (?, ?, ?, ?, ?)
                    """,
                arguments: [
                    request.principal, request.key, Data(request.fingerprint), request.requestID,
                    request.begunAt.milliseconds,
                ])
            return .new
        }
    }

    /// Keeps the answer to a request that has claimed its key.
    package func finish(_ request: IdempotentRequest, with reply: IdempotentReply) throws {
        try write { db in
            try db.execute(
                sql: "UPDATE idempotent_requests SET status = ?, body = ? WHERE principal = ? AND key = ?",
                arguments: [reply.status, Data(reply.body), request.principal, request.key])
        }
    }

    /// Gives the key back, because nothing was done.
    package func release(_ request: IdempotentRequest) throws {
        try write { db in
            try db.execute(
                sql: "DELETE FROM idempotent_requests WHERE principal = ? AND key = ?",
                arguments: [request.principal, request.key])
        }
    }

    private static func known(_ request: IdempotentRequest, _ db: Database) throws -> IdempotencyClaim? {
        let row = try Row.fetchOne(
            db,
            sql: """
                SELECT fingerprint, request_id, begun_ms, status, body FROM idempotent_requests
                WHERE principal = ? AND key = ?
                """,
            arguments: [request.principal, request.key])
        guard let row else { return nil }
        let first = IdempotentRequest(
            principal: request.principal, key: request.key, fingerprint: Array(row["fingerprint"] as Data),
            requestID: row["request_id"], begunAt: Timestamp(milliseconds: row["begun_ms"]))
        guard let status: Int = row["status"] else { return .unfinished(first) }
        return .answered(first, IdempotentReply(status: status, body: Array(row["body"] as Data)))
    }
}
