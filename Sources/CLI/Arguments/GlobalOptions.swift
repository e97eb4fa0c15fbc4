// SPDX-License-Identifier: Apache-2.0

internal import ArgumentParser

/// The options of every command: which agents, how to reach them, how to show their answers.
struct GlobalOptions: ParsableArguments {
    @Option(
        name: [.customShort("H"), .long],
        help: ArgumentHelp("An agent: a name of the inventory, http://…, https://… or unix:PATH.", valueName: "host"),
        completion: Candidates.hosts)
    var host: [String] = []

    @Option(name: .shortAndLong, help: "All hosts of this group of the inventory.", completion: Candidates.groups)
    var group: [String] = []

    @Flag(help: "All hosts of the inventory.")
    var allHosts = false

    @Option(
        help: ArgumentHelp(
            "Take hosts and groups from the registry of this agent's fleet instead of the inventory.",
            valueName: "host"),
        completion: Candidates.hosts)
    var fleet: String?

    @Option(
        help: ArgumentHelp("An app of this machine, by its name; see cluster-cli apps.", valueName: "app"),
        completion: Candidates.apps)
    var app: [String] = []

    @Flag(help: "All agents of this machine.")
    var allApps = false

    @Option(name: .shortAndLong, help: "table, json or jsonl.")
    var output: OutputFormat = .table

    @Option(
        help: ArgumentHelp("How long a call may take: 10, 300ms, 2m.", valueName: "duration"),
        transform: DurationArgument.parse)
    var timeout = DurationArgument(.seconds(10))

    @Option(
        help: """
            How many calls run at once; with reload, how many hosts. A host that takes over a second frees its place for \
            others, unless the command waits on purpose. (default: 64; with reload: 1)
            """)
    var parallel: WholeNumber?

    @Option(
        help: ArgumentHelp("A file with the token for TCP (CLUSTER_TOKEN_FILE).", valueName: "file"),
        completion: .file())
    var tokenFile: String?

    @Option(
        help: ArgumentHelp("The authorities to trust for https, in PEM (CLUSTER_CACERT).", valueName: "file"),
        completion: .file())
    var cacert: String?

    @Option(
        help: ArgumentHelp("This client's certificate, in PEM (CLUSTER_CERT).", valueName: "file"), completion: .file())
    var cert: String?

    @Option(help: ArgumentHelp("The key of --cert, in PEM (CLUSTER_KEY).", valueName: "file"), completion: .file())
    var key: String?

    @Flag(help: "No colours, not even on a terminal.")
    var noColor = false

    @Flag(name: .shortAndLong, help: "Print each call on standard error.")
    var verbose = false

    /// The options that take a value.
    static let namesWithValue: Set<String> = [
        "-H", "--host", "-g", "--group", "--fleet", "--app", "-o", "--output", "--timeout", "--parallel",
        "--token-file",
        "--cacert",
        "--cert", "--key",
    ]

    /// Keeps only these options of a command line, which may be incomplete.
    static func only(in words: [String]) -> [String] {
        var own: [String] = []
        var rest = words[...]
        while let word = rest.popFirst() {
            if namesWithValue.contains(word) {
                guard let value = rest.popFirst() else { break }
                own += [word, value]
            } else if ["--all-hosts", "--all-apps"].contains(word)
                || namesWithValue.contains(where: { word.hasPrefix($0 + "=") })
            {
                own.append(word)
            }
        }
        return own
    }

    /// Whether the command line names any agent.
    var namesAgents: Bool { namesHosts || !app.isEmpty || allApps }

    /// Whether it names agents that may be anywhere.
    var namesHosts: Bool { !host.isEmpty || !group.isEmpty || allHosts }

    /// For commands that show or change the inventory.
    func refuseRegistry() throws {
        guard fleet == nil else {
            throw ValidationError("--fleet is instead of the inventory; see: cluster-cli --fleet HOST fleet agents")
        }
    }

    func validate() throws {
        guard parallel.map({ (1...10_000).contains($0.value) }) ?? true else {
            throw ValidationError("--parallel is a number from 1 to 10000")
        }
        guard group.isEmpty && host.isEmpty || !allHosts else {
            throw ValidationError("--all-hosts leaves nothing for --host and --group to name")
        }
        guard fleet == nil || app.isEmpty && !allApps else {
            throw ValidationError("--fleet does not go with --app and --all-apps, which are of this machine")
        }
        guard app.isEmpty || !allApps else {
            throw ValidationError("--all-apps leaves nothing for --app to name")
        }
    }
}
