// SPDX-License-Identifier: Apache-2.0

internal import Shared

/// The results of calls for several workers, in the order of the workers.
struct EachWorker {
    var done: [(id: WorkerID, json: RawJSON)] = []
    var failures: [Failure] = []
    var total = 0

    /// Without a worker, nothing is left undone.
    var successes: Int { total == 0 ? 1 : done.count }
}

extension AgentClient {
    /// Calls a verb for each worker at the same time and makes one answer of the replies.
    ///
    /// For one worker the answer is the agent's own reply. For several it is `{"workers": […]}` with those that did it.
    /// - Parameters:
    ///   - ids: nil for all live workers.
    ///   - isLasting: whether the agent is asked to wait before it answers.
    ///   - problem: finds what is wrong with a worker although the agent did what it was asked.
    func onEachWorker(
        _ ids: [WorkerID]?, verb: String, body: RawJSON, isLasting: Bool,
        problem: (WorkerInfo) -> Failure? = { _ in nil }
    ) async throws -> HostAnswer {
        var each = try await sendToEach(ids, verb: verb, body: body, isLasting: isLasting)
        var workers: [WorkerInfo] = []
        for reply in each.done {
            let worker = try decoded(reply.json, as: WorkerInfo.self)
            if let problem = problem(worker) {
                each.failures.append(problem)
                each.done.removeAll { $0.id == reply.id }
            } else {
                workers.append(worker)
            }
        }
        if each.total == 1, let failure = each.failures.first { throw failure }
        let json =
            if ids?.count == 1, let only = each.done.first { only.json } else {
                try RawJSON(object: [(name: "workers", value: RawJSON(array: each.done.map(\.json)))])
            }
        var answer = HostAnswer(json: json, rows: WorkerTable.rows(workers))
        answer.failures = each.failures
        answer.successes = each.successes
        return answer
    }

    /// - Parameter ids: nil for all live workers.
    /// - Throws: the failure, if there is only one worker.
    func sendToEach(
        _ ids: [WorkerID]? = nil, verb: String, body: RawJSON, isLasting: Bool = false
    ) async throws -> EachWorker {
        var targets = ids ?? []
        if ids == nil { targets = try await workers().workers.map(\.id) }
        let results = await concurrently(targets) { id -> Result<RawJSON, Failure> in
            do {
                return .success(try await post("/v1/workers/\(id):\(verb)", body: body, isLasting: isLasting))
            } catch {
                return .failure(Failure(error))
            }
        }
        var each = EachWorker(total: targets.count)
        for (id, result) in zip(targets, results) {
            switch result {
            case .success(let json): each.done.append((id, json))
            case .failure(var failure):
                // Names the worker, if the agent's words do not.
                if targets.count > 1, failure.reason != .workerNotFound {
                    failure.message = "worker \(id): \(failure.message)"
                }
                each.failures.append(failure)
            }
        }
        if targets.count == 1, let failure = each.failures.first { throw failure }
        return each
    }
}
