// SPDX-License-Identifier: Apache-2.0

internal import ArgumentParser

/// `cluster-cli settings`
struct Settings: SessionCommand {
    static let configuration = CommandConfiguration(
        commandName: "settings", abstract: "Shows how workers are started: cluster.settings.",
        discussion: """
            EXAMPLES:
              cluster-cli settings
              cluster-cli -o json settings > settings.json
            """)

    @OptionGroup var global: GlobalOptions

    func run(in session: Session) async throws -> ExitStatus {
        try await session.report(SettingsTable.columns) { client in
            try await client.settingsAnswer(client.get("/v1/cluster/settings"))
        }
    }
}
