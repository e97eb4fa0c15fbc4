// SPDX-License-Identifier: Apache-2.0

internal import Contract
internal import Shared

/// An operation: in the agent's own bytes, and decoded.
struct OperationAnswer: Sendable {
    var json: RawJSON
    var info: OperationInfo
}

extension AgentClient {
    /// How long the agent waits before it reports an operation's progress.
    private static let glance = Duration.milliseconds(500)
    /// The pause before calling an agent again that was gone.
    private static let pause = Duration.milliseconds(500)

    /// Begins an operation.
    func begin(_ path: String, body: RawJSON) async throws -> OperationAnswer {
        try await withSupervision { try operation(await post(path, body: body)) }
    }

    func operation(_ id: OperationID) async throws -> OperationAnswer {
        try await withSupervision { try operation(await get("/v1/operations/\(id)")) }
    }

    func cancel(_ id: OperationID) async throws -> OperationAnswer {
        try await withSupervision {
            try operation(await post("/v1/operations/\(id):cancel", body: RawJSON(encoding: CancelRequest())))
        }
    }

    func instances() async throws -> (json: RawJSON, instances: [InstanceInfo]) {
        try await withSupervision {
            let json = try await get("/v1/instances")
            return (json, try decodedList(json, "instances", atMost: 100_000, as: InstancesReply.self).instances)
        }
    }

    func operations() async throws -> (json: RawJSON, operations: [OperationInfo]) {
        try await withSupervision {
            let json = try await get("/v1/operations")
            return (json, try decodedList(json, "operations", atMost: 1000, as: OperationsReply.self).operations)
        }
    }

    /// Follows an operation. If the agent is gone for less than the time of a call, it may come back and tell how the
    /// operation ended.
    ///
    /// - Parameters:
    ///   - end: when to stop waiting. Nil for never.
    ///   - changed: called with the earlier state, each time the operation has changed.
    /// - Returns: the operation, done or as it was at the end.
    func follow(
        _ begun: OperationAnswer, until end: ContinuousClock.Instant?,
        changed: (_ old: OperationInfo, _ new: OperationInfo) throws -> Void
    ) async throws -> OperationAnswer {
        var current = begun
        var lastAnswer = ContinuousClock.now
        while !current.info.done {
            let asked = ContinuousClock.now
            let left = end.map { $0 - asked } ?? Self.glance
            guard left > .zero else { return current }
            do {
                let next = try await wait(for: current.info.id, atMost: min(left, Self.glance))
                lastAnswer = .now
                if next.info != current.info { try changed(current.info, next.info) }
                current = next
                // If the agent does not wait although it was asked to, the next call comes a little later.
                let early = asked + min(left, Self.glance) - .now
                if !current.info.done, early > .zero { try await Task.sleep(for: early) }
            } catch let failure as Failure {
                guard Self.mayPass(failure), .now - lastAnswer < limit.duration else { throw failure }
                try await Task.sleep(for: Self.pause)
            }
        }
        return current
    }

    private func wait(for id: OperationID, atMost time: Duration) async throws -> OperationAnswer {
        let request = WaitRequest(timeoutMs: max(1, min(Int(time.wholeMilliseconds), waitMilliseconds)))
        return try operation(
            await ask("/v1/operations/\(id):wait", body: RawJSON(encoding: request), isLasting: true))
    }

    /// Whether this may be a restart of the agent or a broken connection.
    private static func mayPass(_ failure: Failure) -> Bool {
        switch failure.kind {
        case .unreachable, .timedOut: !failure.isLasting
        case .unauthorised: false
        case .refused: failure.httpStatus.map { $0 >= 500 || $0 == 429 } ?? false
        }
    }

    private func operation(_ json: RawJSON) throws -> OperationAnswer {
        let info = try decoded(json, as: OperationInfo.self)
        // Nothing would end the wait for its verdict.
        guard info.phase != .done || info.done else {
            throw Failure.badReply("that \(info.kind.rawValue) \(info.id) is done, but gave no verdict", from: host)
        }
        return OperationAnswer(json: json, info: info)
    }

    /// Makes a call that only agents with supervision know.
    func withSupervision<Result>(_ call: () async throws -> Result) async throws -> Result {
        do {
            return try await call()
        } catch var failure as Failure where failure.reason == .routeNotFound {
            failure.message =
                "this agent is too old: it keeps no workers running, so it has no scale, restart or reload"
            failure.hint = "upgrade cluster-agent there; cluster-cli version shows what runs"
            throw failure
        }
    }
}
