// SPDX-License-Identifier: Apache-2.0

internal import ArgumentParser
internal import Contract
internal import Shared

/// `cluster-cli fleet forget`
struct FleetForget: SessionCommand {
    static let configuration = CommandConfiguration(
        commandName: "forget", abstract: "Takes an agent that is gone from the list; its events stay.")

    @Argument(help: "The agent's name.")
    var name: String

    @OptionGroup var global: GlobalOptions

    var asksRegistry: Bool { true }

    func validate() throws {
        guard global.fleet == nil || !global.namesHosts else {
            throw ValidationError("--host, --group and --all-hosts do not go with it: it takes one NAME")
        }
        guard GivenName.isValid(name) else { throw ValidationError("a name is \(GivenName.form)") }
    }

    func run(in session: Session) async throws -> ExitStatus {
        try await session.report { [name] client in
            let json = try await client.post(
                "/v1/fleet/agents/\(name):forget", body: try RawJSON(encoding: ForgetRequest()))
            return HostAnswer(json: json, rows: [])
        }
    }
}
