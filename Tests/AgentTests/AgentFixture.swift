// SPDX-License-Identifier: Apache-2.0

import Contract
import HTTPTypes
import History
import Hummingbird
import HummingbirdTesting
import Logging
import ServiceLifecycle
import Shared
import Supervision
import WorkerLogs

@testable import Agent

/// The agent around a primary of a test's own, without sockets.
struct AgentFixture: Sendable {
    /// The admin's.
    static let token = "secret"
    /// Those of the other roles.
    static let tokens: [Role: String] = [.read: "reader", .operate: "operator"]

    let primary: FakePrimary
    let supervisor: FakeSupervisor
    let assembly: AgentAssembly
    private let client: any TestClientProtocol

    /// Runs `body` while the recorder runs, and ends both.
    static func with(
        history: History, clock: any Clock<Duration> = ContinuousClock(), isOpen: Bool = false,
        reserve: DescriptorReserve = DescriptorReserve(logger: .silent), readiness: Readiness = .immediately,
        output: WorkerOutput? = nil, _ body: @Sendable (AgentFixture) async throws -> Void
    ) async throws {
        let primary = FakePrimary()
        let supervisor = FakeSupervisor(primary, readiness: readiness)
        // Nothing is made there before a worker prints.
        let own = output == nil ? WorkerOutput.fixture("/tmp/cluster-no-logs") : nil
        defer { own?.store.close(within: 5) }
        let assembly = AgentAssembly.make(
            primary: primary, supervisor: supervisor, history: history, isOpen: isOpen, reserve: reserve,
            output: output ?? own, clock: clock)
        assembly.phase.didStart()
        let recording = RecordingService(
            recorder: assembly.recorder, broadcaster: assembly.broadcaster,
            watchers: [assembly.logWatchers, assembly.fleetWatchers],
            primary: primary, closer: assembly.closer)
        let application = Application(
            responder: assembly.makeResponder(), services: [recording], logger: .silent)
        try await application.test(.router) { client in
            try await body(AgentFixture(primary: primary, supervisor: supervisor, assembly: assembly, client: client))
        }
    }

    static func with(
        clock: any Clock<Duration> = ContinuousClock(), _ body: @Sendable (AgentFixture) async throws -> Void
    ) async throws {
        try await with(history: .inMemory(), clock: clock, body)
    }

    /// An agent whose supervised workers are ready when a test says so.
    static func withSlowWorkers(
        clock: any Clock<Duration> = ContinuousClock(), _ body: @Sendable (AgentFixture) async throws -> Void
    ) async throws {
        try await with(history: .inMemory(), clock: clock, readiness: .listening, body)
    }

    /// A request with the token.
    func call(
        _ method: HTTPRequest.Method, _ path: String, json: String? = nil, headers: HTTPFields = [:]
    ) async throws -> TestReply {
        var headers = headers
        if headers[.authorization] == nil { headers[.authorization] = "Bearer \(Self.token)" }
        if json != nil, headers[.contentType] == nil { headers[.contentType] = "application/json" }
        return TestReply(
            try await client.executeRequest(
                uri: path, method: method, headers: headers, body: json.map { ByteBuffer(string: $0) }))
    }

    func get(_ path: String, headers: HTTPFields = [:]) async throws -> TestReply {
        try await call(.get, path, headers: headers)
    }

    func post(_ path: String, _ json: String? = nil, headers: HTTPFields = [:]) async throws -> TestReply {
        try await call(.post, path, json: json, headers: headers)
    }

    /// A request with the token of a role.
    func call(_ endpoint: Endpoint, id: String = "1", as role: Role, json: String? = nil) async throws -> TestReply {
        let token = Self.tokens[role] ?? Self.token
        return try await call(
            HTTPRequest.Method(endpoint.method), endpoint.path.replacing("{id}", with: id), json: json,
            headers: [.authorization: "Bearer \(token)"])
    }

    /// As it comes, without token.
    func anonymous(_ method: HTTPRequest.Method, _ path: String, headers: HTTPFields = [:]) async throws -> TestReply {
        TestReply(try await client.executeRequest(uri: path, method: method, headers: headers, body: nil))
    }

    /// Has as many workers kept, by an operation whose id is returned.
    @discardableResult
    func scale(to workers: Int) async throws -> OperationID {
        try await post("/v1/cluster:scale", #"{"workers":\#(workers)}"#).decode(OperationInfo.self).id
    }

    func fork(_ count: Int = 1) async throws -> [WorkerID] {
        try await primary.fork(count: count, environment: [:], requestID: nil).map(\.id)
    }
}

extension AgentAssembly {
    static func make(
        primary: any ClusterPrimary, supervisor: FakeSupervisor? = nil, history: History, isOpen: Bool = false,
        listeners: [Listener] = [],
        limits: ConnectionLimits = ConnectionLimits(),
        reserve: DescriptorReserve = DescriptorReserve(logger: .silent), output: WorkerOutput? = nil,
        clock: any Clock<Duration> = ContinuousClock()
    ) -> AgentAssembly {
        AgentAssembly(
            primary: primary, supervisor: supervisor ?? FakeSupervisor(primary as? FakePrimary ?? FakePrimary()),
            history: history,
            identity: AgentIdentity(
                of: VersionReply(
                    version: "1.2.3", apiVersion: "v1", swift: "6.3", pid: 42, startedAt: Timestamp(milliseconds: 0),
                    hostname: "web-1", agentId: ""),
                history: history),
            access: AccessPolicy(tokens: isOpen ? nil : .fixture, listen: [.standard]),
            listeners: listeners, gate: ConnectionGate(limits: limits, reserve: reserve),
            output: output, recording: EventRecorder.Limits(insist: .zero), clock: clock, logger: .silent)
    }
}

extension WorkerOutput {
    /// One that passes nothing on.
    static func fixture(_ path: String) -> WorkerOutput {
        WorkerOutput(path: path, options: Options(forward: .none), streams: WorkerOutputStreams(), logger: .silent)
    }
}

extension TokenRegistry {
    static var fixture: TokenRegistry {
        let others = AgentFixture.tokens.map { role, secret in
            StoredToken(
                id: secret, name: secret, role: role, hash: TokenHash(of: secret),
                createdAt: Timestamp(milliseconds: 0))
        }
        var admin = AdminToken.token(of: AgentFixture.token)
        admin.scopes = [.fleet]
        return TokenRegistry([admin] + others, logger: .silent)
    }
}

extension History {
    /// One whose file cannot be opened.
    static var broken: History { History(path: "/dev/null/history.db") }
}

extension Logger {
    static var silent: Logger { Logger(label: "test") { _ in SwiftLogNoOpLogHandler() } }
}
