// SPDX-License-Identifier: Apache-2.0

internal import ArgumentParser
internal import Shared

/// `ID...|--all`: the workers that `kill` and `disconnect` are for.
struct WorkerTargets: ParsableArguments {
    @Argument(help: "The workers' ids.", completion: Candidates.workers)
    var ids: [WorkerID] = []

    @Flag(help: "Each worker that lives.")
    var all = false

    @Flag(name: .shortAndLong, help: "Do not ask before --all.")
    var yes = false

    func validate() throws {
        guard all == ids.isEmpty else { throw ValidationError("give the workers' ids, or --all") }
    }

    /// Without repeats: a second signal would be a second kill.
    var uniqueIDs: [WorkerID] {
        var seen: Set<WorkerID> = []
        return ids.filter { seen.insert($0).inserted }
    }

    /// Asks on a terminal whether `--all` is meant.
    ///
    /// - Throws: `ExitCode` where it is not.
    func confirm(_ question: String) throws {
        guard all, !yes, Terminal.canAsk else { return }
        StandardStreams.complain("\(question) [y/N]")
        guard ["y", "yes"].contains((readLine() ?? "").lowercased()) else {
            StandardStreams.complain("cancelled: nothing was done")
            throw ExitCode(ExitStatus.interrupted.rawValue)
        }
    }
}
