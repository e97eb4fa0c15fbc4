// SPDX-License-Identifier: Apache-2.0

internal import ArgumentParser

/// A command that talks to agents.
protocol SessionCommand: ParsableCommand, Sendable {
    var global: GlobalOptions { get }

    /// Does it; failures of hosts are shown and end up in the status, only what concerns this side is thrown.
    @TransportActor
    func run(in session: Session) async throws -> ExitStatus
}
