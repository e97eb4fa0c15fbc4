// SPDX-License-Identifier: Apache-2.0

internal import Shared

extension AgentClient {
    /// Calls a verb once for each worker, at once, and makes one answer of it.
    ///
    /// For one worker that is the agent's own reply, for several `{"workers": […]}` of those that did it.
    /// - Parameters:
    ///   - ids: nil for all that live.
    ///   - isLasting: the agent is asked to wait before it answers.
    func onEachWorker(
        _ ids: [WorkerID]?, verb: String, body: RawJSON, isLasting: Bool
    ) async throws -> HostAnswer {
        var targets = ids ?? []
        if ids == nil { targets = try await workers().workers.map(\.id) }
        let results = await concurrently(targets) { id -> Result<(RawJSON, WorkerInfo), Failure> in
            do {
                let json = try await post("/v1/workers/\(id):\(verb)", body: body, isLasting: isLasting)
                return .success((json, try decoded(json)))
            } catch {
                return .failure((error as? Failure) ?? Failure(kind: .refused, message: "\(error)"))
            }
        }
        var done: [(RawJSON, WorkerInfo)] = []
        var failures: [Failure] = []
        for (id, result) in zip(targets, results) {
            switch result {
            case .success(let worker): done.append(worker)
            case .failure(var failure):
                // Which of them it was, where the agent's words do not say.
                if targets.count > 1, failure.reason != .workerNotFound {
                    failure.message = "worker \(id): \(failure.message)"
                }
                failures.append(failure)
            }
        }
        if targets.count == 1, let failure = failures.first { throw failure }
        let json =
            if ids?.count == 1, let only = done.first { only.0 } else {
                try RawJSON(object: [(name: "workers", value: RawJSON(array: done.map(\.0)))])
            }
        var answer = HostAnswer(json: json, rows: WorkerTable.rows(done.map(\.1)))
        answer.failures = failures
        // With no worker at all there is nothing left undone.
        answer.successes = targets.isEmpty ? 1 : done.count
        return answer
    }
}
