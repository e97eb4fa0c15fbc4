// SPDX-License-Identifier: Apache-2.0

internal import ArgumentParser
internal import Shared

/// `ID...|--all`: the workers for `kill` and `disconnect`.
struct WorkerTargets: ParsableArguments {
    @Argument(help: "The workers' ids.", completion: Candidates.workers, transform: WorkerID.parse)
    var ids: [WorkerID] = []

    @Flag(help: "Each worker that lives.")
    var all = false

    @Flag(name: .shortAndLong, help: "Do not ask before --all. Needed if there is no terminal to ask at.")
    var yes = false

    func validate() throws {
        guard all == ids.isEmpty else { throw ValidationError("give the workers' ids, or --all") }
    }

    /// Without repeats, because each repeat would send another signal.
    var uniqueIDs: [WorkerID] {
        var seen: Set<WorkerID> = []
        return ids.filter { seen.insert($0).inserted }
    }

    /// Asks whether `--all` is meant.
    ///
    /// - Throws: `ExitCode` if it is not, `ValidationError` if there is no terminal to ask at.
    @TransportActor
    func confirm(_ what: String, in session: Session) async throws {
        guard all, !yes else { return }
        guard Terminal.canAsk else {
            throw ValidationError(
                "--all asks first, and there is no terminal to ask at; give --yes (-y) to do it unasked")
        }
        let counts = await session.onEachHost(within: .allCalls(session.options.timeout.duration)) { client in
            try? await client.workers().workers.count
        }
        StandardStreams.complain("\(Self.question(what, counts.map { (host: $0.host, workers: $0.answer) })) [y/N]")
        guard ["y", "yes"].contains((readLine() ?? "").lowercased()) else {
            StandardStreams.complain("cancelled: nothing was done")
            throw ExitCode(ExitStatus.interrupted.rawValue)
        }
    }

    /// `Send SIGTERM to 5 workers: 3 at web-1, 2 at web-2?`
    ///
    /// - Parameter counts: nil for a host that does not answer.
    static func question(_ what: String, _ counts: [(host: String, workers: Int?)]) -> String {
        let total = counts.reduce(0) { $0 + ($1.workers ?? 0) }
        var parts = counts.map { count in
            count.workers.map { "\($0) at \(count.host)" } ?? "\(count.host) does not answer"
        }
        if parts.count > mostNamed {
            let rest = parts.count - mostNamed
            parts = parts.prefix(mostNamed) + ["and \(counted(rest, "more host"))"]
        }
        return "\(what) \(counted(total, "worker")): \(parts.map(TerminalText.safe).joined(separator: ", "))?"
    }

    private static let mostNamed = 20
}
