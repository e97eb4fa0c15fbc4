// SPDX-License-Identifier: Apache-2.0

internal import ArgumentParser
internal import Contract
internal import Shared

/// `cluster-cli restart ID...`
struct Restart: SessionCommand {
    static let configuration = CommandConfiguration(
        commandName: "restart", abstract: "Replaces workers, each by a new one that is ready first.",
        discussion: """
            EXAMPLES:
              cluster-cli restart 7 --wait         returns when the old worker has ended
              cluster-cli restart 7 8 9            one after the other
              cluster-cli reload                   all workers, and the current program

            The new worker runs the same release. If it fails, the old one serves on. Several are replaced one after the \
            other, up to the first that fails. A worker that was forked by hand is not replaced.
            """)

    @Argument(help: "The workers' ids.", completion: Candidates.workers, transform: WorkerID.parse)
    var ids: [WorkerID]

    @Flag(help: "Wait until the new worker is good and the old one has ended. With several ids this is always on.")
    var wait = false

    @OptionGroup var limit: WaitLimit

    @Flag(help: "Cancel the operation that is under way, if there is one.")
    var force = false

    @OptionGroup var global: GlobalOptions

    private var uniqueIDs: [WorkerID] {
        var seen: Set<WorkerID> = []
        return ids.filter { seen.insert($0).inserted }
    }

    func run(in session: Session) async throws -> ExitStatus {
        let body = try RawJSON(encoding: RestartRequest(force: force ? true : nil))
        let ids = uniqueIDs
        let runner = OperationRunner(session, patience: limit.duration)
        guard ids.count > 1 else {
            return try await runner.run(waits: wait || limit.duration != nil) { client in
                try await runner.begin(.restart, "/v1/workers/\(ids[0]):restart", body: body, at: client)
            }
        }
        let answers = await session.onEachHost(within: session.eachCall) { client in
            await runner.answer(client) { try await Self.oneByOne(ids, body, $0, runner) }
        }
        return try runner.show(answers, waited: true)
    }

    @TransportActor
    private static func oneByOne(
        _ ids: [WorkerID], _ body: RawJSON, _ client: AgentClient, _ runner: OperationRunner
    ) async throws -> HostAnswer {
        var ended: [RawJSON] = []
        var failure: Failure?
        var successes = 0
        for id in ids where failure == nil {
            do {
                let begun = try await runner.begin(.restart, "/v1/workers/\(id):restart", body: body, at: client)
                let end = try await runner.verdict(of: begun, at: client)
                ended.append(end.operation.json)
                failure = end.failure
            } catch let problem as Failure {
                failure = problem
            }
            if failure == nil { successes += 1 }
        }
        if successes + 1 < ids.count, failure != nil {
            let rest = ids.dropFirst(successes + 1).map(\.description).joined(separator: ", ")
            failure?.message += "; not tried: \(rest)"
        }
        var answer = HostAnswer(
            json: try RawJSON(object: [(name: "operations", value: RawJSON(array: ended))]), rows: [])
        answer.successes = successes
        answer.failures = failure.map { [$0] } ?? []
        return answer
    }
}
