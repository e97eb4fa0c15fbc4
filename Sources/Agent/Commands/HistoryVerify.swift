// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import History

/// `cluster-agent history verify`
struct HistoryVerify: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify", abstract: "Checks the whole file against its rules. Exits with 1 if it breaks one.")

    @OptionGroup var location: HistoryLocation

    func run() throws {
        try location.read { history in
            let finding = try history.verify()
            let seqs = finding.seqs.map { ", \($0.lowerBound) to \($0.upperBound)" } ?? ""
            try CommandOutput.print(
                "\(finding.events) events\(seqs); \(finding.workers) workers; \(finding.problems.count) problems")
            for problem in finding.problems { try CommandOutput.print(problem) }
            guard finding.problems.isEmpty else { throw ExitCode.failure }
        }
    }
}
