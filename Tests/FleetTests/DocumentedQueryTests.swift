// SPDX-License-Identifier: Apache-2.0

import Foundation
import TestSupport
import Testing

@testable import Fleet

/// The queries of docs/fleet.md do what the sentence above each says.
@Suite(.timeLimit(.minutes(1)))
struct DocumentedQueryTests {
    private static let queries: [String: String] = {
        let path = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../docs/fleet.md").path
        let text = (try? String(contentsOfFile: path, encoding: .utf8)) ?? ""
        var queries: [String: String] = [:]
        for match in text.matches(of: #/\n(?<title>[^\n]+):\n\n```sql\n(?<sql>[^`]+)```/#) {
            queries[String(match.title)] = String(match.sql)
        }
        return queries
    }()

    /// Two agents. A worker of web-1 crashed, one of web-2 was killed by a command.
    private static let data = """
        INSERT INTO fleet.agents (id, name, hostname, version, started_at, last_seen, waiting, desired, ready, phase)
        VALUES (gen_random_uuid(), 'web-1', 'h1', '1', now(), now(), 0, 2, 1, 'degraded'),
            (gen_random_uuid(), 'web-2', 'h2', '1', now(), now() - interval '1 minute', 7, 2, 2, 'stable');
        INSERT INTO fleet.events (time, agent, seq, type, worker_id, request_id, data) VALUES
            (now(), 1, 1, 'exit', 1, NULL, '{"reason":"exited","code":1}'),
            (now(), 1, 2, 'restart', 1, NULL, '{"instance":0}'),
            (now(), 2, 1, 'command', NULL, 'deploy-42', '{"principal":"uid:0","path":"/v1/cluster:reload","status":200}'),
            (now(), 2, 2, 'exit', 1, 'deploy-42', '{"reason":"signaled","principal":"uid:0"}'),
            (now(), 2, 4, 'exit', 2, NULL, '{"reason":"exited","code":0}'),
            (now(), 2, 5, 'exit', 3, NULL, '{"reason":"signaled","principal":"supervision"}'),
            (now(), 2, 3, 'gap', NULL, NULL, '{"lost":3,"reason":"the disk is full"}');
        INSERT INTO fleet.workers (agent, id, state, exec, settings_revision, forked_at, exit_reason, exit_code, info)
        VALUES (1, 1, 'dead', '/app.js', 1, now(), 'exited', 1, '{}'),
            (1, 2, 'online', '/app.js', 1, now(), NULL, NULL, '{}'),
            (2, 1, 'dead', '/app.js', 1, now(), 'signaled', NULL, '{"exit":{"principal":"uid:0"}}');
        """

    @Test func `the page has ten queries and each answers what its title says`() async throws {
        #expect(Self.queries.count == 10)
        try await PostgresServer.with { server in
            let connection = PostgresConnection(to: try PostgresAddress(url: server.url()), label: "test")
            defer { connection.close() }
            try await connection.perform { session throws(PostgresError) in try session.migrate() }
            try await server.sql(Self.data)
            func answer(_ title: String) async throws -> [String] {
                let sql = try #require(Self.queries[title], "\(title)")
                return try await server.sql(sql).split(separator: "\n").map(String.init)
            }
            #expect(try await answer("What happened on one machine today").count == 2)
            #expect(try await answer("Workers that crashed, by machine, in the last hour") == ["web-1|1"])
            let rates = try await answer("The crash rate of each release, in crashes per worker")
            #expect(rates.first?.hasPrefix("/app.js|1|3|0.333") == true)
            let deploys = try await answer("Who deployed what where")
            #expect(deploys.first?.hasSuffix("|web-2|uid:0|/v1/cluster:reload|200") == true)
            #expect(try await answer("The machines whose instances restart most") == ["web-1|1"])
            #expect(try await answer("What a request caused, on any machine").count == 2)
            #expect(try await answer("Agents that are silent or behind").first?.hasPrefix("web-2|lost|7|") == true)
            let short = try await answer("Machines that do not have as many workers as they want")
            #expect(short == ["web-1|1|2|degraded"])
            #expect(try await answer("Events a minute, of all machines").first?.hasSuffix("|7") == true)
            #expect(try await answer("What is missing, and why").first?.hasSuffix("|web-2|3|the disk is full") == true)
        }
    }
}
