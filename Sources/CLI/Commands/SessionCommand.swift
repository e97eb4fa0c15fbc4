// SPDX-License-Identifier: Apache-2.0

internal import ArgumentParser

/// A command that talks to agents.
protocol SessionCommand: ParsableCommand, Sendable {
    var global: GlobalOptions { get }

    /// Whether it is for the agent that `--fleet` names, and not for those that the registry names.
    var asksRegistry: Bool { get }

    /// Runs the command. Failures of hosts are shown and decide the exit code. Only problems on this side are thrown.
    @TransportActor
    func run(in session: Session) async throws -> ExitStatus
}

extension SessionCommand {
    var asksRegistry: Bool { false }
}
