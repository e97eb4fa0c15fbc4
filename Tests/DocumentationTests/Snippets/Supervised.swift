// SPDX-License-Identifier: Apache-2.0

import Cluster
import Supervision

func supervise(_ primary: Primary) async throws {
    var policy = SupervisionPolicy()
    policy.unresponsive = .restart
    let supervisor = try Supervisor(primary, policy: policy)
    let events = await supervisor.events()
    try await supervisor.start(workers: ClusterProcess.availableParallelism)
    for await event in events {
        if case .restart(let attempt, let delayMs) = event.kind, let instance = event.instance {
            print("instance \(instance) gets another worker in \(delayMs) ms, after \(attempt) failures in a row")
        }
    }
}

func release(with supervisor: Supervisor) async throws {
    let operation = try await supervisor.reload { $0.maxSurge = .percent(25) }
    let ended = try await supervisor.wait(for: operation.id)
    if ended.verdict == .aborted {
        print("the old workers serve on; the new one ended with \(ended.failure?.code ?? 0)")
    }
}
