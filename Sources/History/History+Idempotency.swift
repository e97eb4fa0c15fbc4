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
            // First of all, because it needs no room on the disk.
            if let known = try Self.known(request, db) { return known }
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

    /// The file's record of the request's key, only read. Nil if the key is unknown, or if the record is a day old.
    package func known(_ request: IdempotentRequest) throws -> IdempotencyClaim? {
        try read { try Self.known(request, $0) }
    }

    /// Keeps the answer to a request, also if its key could not be claimed. Another request's answer stays until it
    /// expires.
    package func finish(_ request: IdempotentRequest, with reply: IdempotentReply) throws {
        try write { db in
            try db.execute(
                sql: """
                    INSERT INTO idempotent_requests (principal, key, fingerprint, request_id, begun_ms, status, body)
                    VALUES (:principal, :key, :fingerprint, :request, :begun, :status, :body)
                    ON CONFLICT (principal, key) DO UPDATE
                    SET fingerprint = excluded.fingerprint, request_id = excluded.request_id,
                        begun_ms = excluded.begun_ms, status = excluded.status, body = excluded.body
                    WHERE begun_ms <= :expired
                        OR (status IS NULL AND begun_ms = :begun AND request_id = :request
                            AND fingerprint = :fingerprint)
                    """,
                arguments: [
                    "principal": request.principal, "key": request.key, "fingerprint": Data(request.fingerprint),
                    "request": request.requestID, "begun": request.begunAt.milliseconds, "status": reply.status,
                    "body": Data(reply.body),
                    "expired": request.begunAt.milliseconds - Self.idempotencyMilliseconds,
                ])
        }
    }

    /// Gives the key back, because nothing was done. An answer that another request has left stays.
    package func release(_ request: IdempotentRequest) throws {
        try write { db in
            try db.execute(
                sql: """
                    DELETE FROM idempotent_requests
                    WHERE principal = ? AND key = ? AND status IS NULL AND begun_ms = ? AND request_id = ?
                        AND fingerprint = ?
                    """,
                arguments: [
                    request.principal, request.key, request.begunAt.milliseconds, request.requestID,
                    Data(request.fingerprint),
                ])
        }
    }

    private static func known(_ request: IdempotentRequest, _ db: Database) throws -> IdempotencyClaim? {
        let row = try Row.fetchOne(
            db,
            sql: """
                SELECT fingerprint, request_id, begun_ms, status, body FROM idempotent_requests
                WHERE principal = ? AND key = ? AND begun_ms > ?
                """,
            arguments: [
                request.principal, request.key, request.begunAt.milliseconds - Self.idempotencyMilliseconds,
            ])
        guard let row else { return nil }
        let first = IdempotentRequest(
            principal: request.principal, key: request.key, fingerprint: Array(row["fingerprint"] as Data),
            requestID: row["request_id"], begunAt: Timestamp(milliseconds: row["begun_ms"]))
        guard let status: Int = row["status"] else { return .unfinished(first) }
        return .answered(first, IdempotentReply(status: status, body: Array(row["body"] as Data)))
    }
}
