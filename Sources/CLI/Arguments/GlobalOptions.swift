// SPDX-License-Identifier: Apache-2.0

internal import ArgumentParser

/// What each command takes: which agents, how to reach them, how to show what they say.
struct GlobalOptions: ParsableArguments {
    @Option(
        name: [.customShort("H"), .long],
        help: ArgumentHelp("An agent: a name of the inventory, http://…, https://… or unix:/PATH.", valueName: "host"))
    var host: [String] = []

    @Option(name: .shortAndLong, help: "All hosts of this group of the inventory.")
    var group: [String] = []

    @Flag(help: "All hosts of the inventory.")
    var allHosts = false

    @Option(name: .shortAndLong, help: "table, json or jsonl.")
    var output: OutputFormat = .table

    @Option(help: ArgumentHelp("How long a call may take: 300ms, 10s, 2m.", valueName: "duration"))
    var timeout = DurationArgument(.seconds(10))

    @Option(help: "How many calls are under way at once.")
    var parallel = 64

    @Option(help: ArgumentHelp("A file with the token for TCP (CLUSTER_TOKEN_FILE).", valueName: "file"))
    var tokenFile: String?

    @Option(help: ArgumentHelp("Whom to trust for https, in PEM (CLUSTER_CACERT).", valueName: "file"))
    var cacert: String?

    @Option(help: ArgumentHelp("This client's certificate, in PEM (CLUSTER_CERT).", valueName: "file"))
    var cert: String?

    @Option(help: ArgumentHelp("The key of --cert, in PEM (CLUSTER_KEY).", valueName: "file"))
    var key: String?

    @Flag(help: "No colours, on a terminal either.")
    var noColor = false

    @Flag(name: .shortAndLong, help: "Tell of each call on standard error.")
    var verbose = false

    func validate() throws {
        guard (1...10_000).contains(parallel) else {
            throw ValidationError("--parallel is a number from 1 to 10000")
        }
        guard group.isEmpty && host.isEmpty || !allHosts else {
            throw ValidationError("--all-hosts leaves nothing for --host and --group to name")
        }
    }
}
