// SPDX-License-Identifier: Apache-2.0

import Contract
import Foundation
import Shared
import Testing

extension RunningAgent {
    /// Calls the API with curl.
    func call(
        _ method: String, _ path: String, body: String? = nil, over transport: Transport = .unix,
        options: [String] = []
    ) async throws -> APIReply {
        var arguments = ["-sS", "--max-time", "50", "-X", method, "-w", "\n%{http_code}"]
        if let body { arguments += ["--data-raw", body, "-H", "Content-Type: application/json"] }
        arguments += options
        switch transport {
        case .unix: arguments += ["--unix-socket", socket, "http://localhost" + path]
        case .tcp: arguments += ["-H", "Authorization: Bearer \(try token)", "http://127.0.0.1:\(port)" + path]
        }
        let outcome = try await RunningProgram.run("curl", arguments)
        let end = try #require(outcome.output.lastIndex(of: "\n"), "curl: \(outcome.errors)")
        let status = try #require(Int(outcome.output[outcome.output.index(after: end)...]))
        return APIReply(status: status, body: String(outcome.output[..<end]))
    }

    func get<Value: Decodable>(_ path: String, as type: Value.Type = Value.self) async throws -> Value {
        try await call("GET", path).decoded()
    }

    /// A command that is not refused.
    @discardableResult
    func post(_ path: String, _ body: String = "{}") async throws -> APIReply {
        let reply = try await call("POST", path, body: body)
        guard reply.status < 300 else { throw APIReply.Refused(reply: reply) }
        return reply
    }

    func worker(_ id: Int) async throws -> WorkerInfo {
        try await get("/v1/workers/\(id)")
    }

    func workers() async throws -> [WorkerInfo] {
        try await get("/v1/workers", as: WorkersReply.self).workers
    }

    /// Forks workers and waits until they listen.
    @discardableResult
    func forkListening(_ count: Int = 1) async throws -> [WorkerInfo] {
        try await post("/v1/workers:fork", #"{"count": \#(count), "wait": "listening"}"#)
            .decoded(WorkersReply.self).workers
    }

    /// The whole history, in order.
    func history(_ query: String = "") async throws -> [Event] {
        try await get("/v1/events?pageSize=1000&\(query)", as: EventsReply.self).events
    }

    /// What the history tells of a worker, without commands and without what the supervisor saw.
    func kinds(of worker: Int) async throws -> [EventType] {
        let others: Set<EventType> = [.command, .ready, .restart, .limit, .unresponsive, .responsive, .operation]
        return try await history("workerId=\(worker)").map(\.type).filter { !others.contains($0) }
    }

    /// Waits for the first such event in this data directory, past or to come.
    @discardableResult
    func event(_ type: EventType, of worker: Int) async throws -> Event {
        var event: Event?
        try await withWatch("afterSeq=earliest&type=\(type.rawValue)&workerId=\(worker)") { watch in
            event = try await watch.first { _ in true }
        }
        return try #require(event)
    }

    /// Runs `cluster-cli` for this agent.
    func cli(_ arguments: String...) async throws -> RunningProgram.Outcome {
        let program = try startCLI(arguments)
        let status = await program.status()
        return RunningProgram.Outcome(
            status: status, output: await program.output.whole().joined(separator: "\n"),
            errors: await program.errors.whole().joined(separator: "\n"))
    }

    func startCLI(_ arguments: [String]) throws -> RunningProgram {
        try RunningProgram(
            RunningProgram.built("cluster-cli"), arguments,
            environment: ["HOME": dataDirectory.path, "CLUSTER_DATA_DIR": dataDirectory.path])
    }
}
