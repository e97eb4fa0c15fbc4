// SPDX-License-Identifier: Apache-2.0

internal import FoundationEssentials
internal import Shared

/// Calls one agent, with retries, within the time limit.
@TransportActor
struct AgentClient {
    /// The largest reply of an agent. A server that sends without end must not fill the memory.
    static let largestReply = 64 << 20

    let host: Host
    let limit: TimeLimit
    let gate: Gate
    let isVerbose: Bool
    /// The limit for one reply, in bytes.
    var replyLimit = AgentClient.largestReply

    /// - Throws: `Failure`, like all methods of this type.
    func get(_ path: String, query: [(String, String)] = []) async throws -> RawJSON {
        try await call(.get, QueryString.target(path, query), body: nil, extra: [], isLasting: false)
    }

    /// - Parameter isLasting: whether the agent is asked to wait before it answers.
    func post(_ path: String, body: RawJSON, isLasting: Bool = false) async throws -> RawJSON {
        let extra = [
            (name: "Content-Type", value: "application/json"),
            (name: "Idempotency-Key", value: UUID().uuidString),
        ]
        return try await call(.post, path, body: Array(body.bytes), extra: extra, isLasting: isLasting)
    }

    /// A POST that changes nothing. It needs no key and may be repeated.
    func ask(_ path: String, body: RawJSON, isLasting: Bool) async throws -> RawJSON {
        let extra = [(name: "Content-Type", value: "application/json")]
        return try await call(.post, path, body: Array(body.bytes), extra: extra, isLasting: isLasting)
    }

    /// How long the agent may wait, so that its answer comes before this side gives up.
    var waitMilliseconds: Int {
        let whole = (limit.deadline() - .now).wholeMilliseconds
        // The contract's limits for `timeoutMs`.
        return Int(min(max(1, whole - min(1000, whole / 10)), 600_000))
    }

    /// A reply as the contract has it.
    func decoded<Value: Decodable>(_ json: RawJSON, as type: Value.Type = Value.self) throws -> Value {
        guard let value = json.decoded(as: type) else {
            throw Failure.badReply("JSON that is not a \(type)", from: host)
        }
        return value
    }

    private func call(
        _ method: HTTPRequest.Method, _ target: String, body: [UInt8]?, extra: [(name: String, value: String)],
        isLasting: Bool
    ) async throws -> RawJSON {
        if let problem = host.problem { throw problem }
        let start = ContinuousClock.now
        let deadline = limit.deadline()
        let turn = await gate.enter(isLasting: isLasting)
        defer { gate.leave(turn) }
        guard await isFound(until: deadline) else { throw lateBeforeCall }
        var attempt = 1
        while true {
            let left = deadline - .now
            // The wait for a turn may have used up the time.
            guard left > .zero else { throw Failure(.timedOut, at: host, after: limit.duration) }
            let request = HTTPRequest(
                host: host, method: method, target: target,
                headers: [(name: "Accept", value: "application/json")] + extra, body: body, limits: .total(left),
                largestBody: replyLimit)
            var failure: Failure
            var retryAfter: Int?
            do {
                let reply = try await collect(request)
                log("\(method.rawValue) \(target): \(reply.status) after \(Self.age(since: start))")
                if (200..<300).contains(reply.status) { return try json(reply.body) }
                failure = Failure(
                    status: reply.status, body: reply.body, from: host, within: isLasting ? limit.duration : nil)
                guard RetryPolicy.isWorthwhile(failure) else { throw failure }
                retryAfter = reply.retryAfter
            } catch let lost as TransportFailure {
                log("\(method.rawValue) \(target): \(lost) after \(Self.age(since: start))")
                failure = Failure(lost, at: host, after: limit.duration)
                guard RetryPolicy.isWorthwhile(lost) else { throw failure }
            }
            let delay = RetryPolicy.delay(afterAttempt: attempt, retryAfter: retryAfter)
            guard attempt < RetryPolicy.attempts, .now + delay < deadline else { throw failure }
            try await Task.sleep(for: delay)
            attempt += 1
        }
    }

    /// Time was up before the agent was asked anything.
    var lateBeforeCall: Failure {
        var failure = Failure(.timedOut, at: host, after: limit.duration)
        failure.mayHaveArrived = false
        return failure
    }

    /// Whether the agent's socket, if it has one, was looked up in time.
    func isFound(until deadline: ContinuousClock.Instant) async -> Bool {
        guard case .unix(let path) = host.address else { return true }
        return await SocketLookup.isDone(path, until: deadline)
    }

    private static func age(since start: ContinuousClock.Instant) -> String {
        let age = ContinuousClock.now - start
        return age < .milliseconds(1) ? "<1ms" : age.text
    }

    private func collect(_ request: HTTPRequest) async throws -> (status: Int, retryAfter: Int?, body: [UInt8]) {
        var head: (status: Int, retryAfter: Int?)?
        var body: [UInt8] = []
        let loop = TransportActor.shared.loop
        let reply = try loop.start(request)
        defer { loop.cancel(reply) }
        while let part = try await reply.next() {
            switch part {
            case .head(let status, let retryAfter): head = (status, retryAfter)
            case .bytes(let bytes): body += bytes
            }
        }
        guard let head else { throw TransportFailure.unanswered("the answer has no head") }
        return (head.status, head.retryAfter, body)
    }

    private func json(_ body: [UInt8]) throws -> RawJSON {
        guard let json = RawJSON(body) else {
            throw Failure.badReply(body.isEmpty ? "nothing" : "something that is not JSON", from: host)
        }
        return json
    }

    private func log(_ line: @autoclosure () -> String) {
        if isVerbose { StandardStreams.complain(TerminalText.safe("\(host.name): \(line())")) }
    }
}
