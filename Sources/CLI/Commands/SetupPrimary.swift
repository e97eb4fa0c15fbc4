// SPDX-License-Identifier: Apache-2.0

internal import ArgumentParser
internal import Glibc
internal import Shared

/// `cluster-cli setup-primary`
struct SetupPrimary: SessionCommand {
    static let configuration = CommandConfiguration(
        commandName: "setup-primary",
        abstract: "Changes how future workers are started, as cluster.setupPrimary() does.",
        discussion: """
            EXAMPLES:
              cluster-cli setup-primary --exec /srv/app/server.js --arg --port --arg 80
              cluster-cli setup-primary --file settings.json
              cluster-cli setup-primary --listen tcp://0.0.0.0:8000 --ready notify

            Settings that are not named keep their values. Options count more than --file.
            """)

    @Option(help: "The workers' program or script.", completion: .file())
    var exec: String?

    @Option(help: "An argument of the workers; may be repeated, replaces them all.")
    var arg: [String] = []

    @Option(help: "An argument of the interpreter; may be repeated, replaces them all.")
    var execArg: [String] = []

    @Option(help: "The workers' working directory.", completion: .directory)
    var cwd: String?

    @Option(
        help: ArgumentHelp(
            "A file of NAME=VALUE lines on the agent's host; may be repeated, replaces them all.", valueName: "path"),
        completion: .file())
    var envFile: [String] = []

    @Option(help: "How messages are written.")
    var serialization: Serialization?

    @Flag(inversion: .prefixedNo, help: "Whether the agent takes the workers' output.")
    var silent: Bool?

    @Option(
        help: ArgumentHelp(
            "A socket that workers are started with; may be repeated, replaces them all.", valueName: "url"),
        transform: { try parsed($0) })
    var listen: [ListenURL] = []

    @Option(help: ArgumentHelp("When a worker counts as ready.", valueName: "when"))
    var ready: WorkerReadiness?

    @Flag(inversion: .prefixedNo, help: "Whether workers with --listen get the cluster's channel too.")
    var channel: Bool?

    @Option(help: ArgumentHelp("The signal that tells a worker to disconnect.", valueName: "signal"))
    var disconnectSignal: Signal?

    @Option(
        help: ArgumentHelp("A file of settings as JSON, in the form of 'settings -o json'.", valueName: "file"),
        completion: .file())
    var file: String?

    @OptionGroup var global: GlobalOptions

    func validate() throws {
        let isEmpty = exec == nil && arg.isEmpty && execArg.isEmpty && cwd == nil && serialization == nil
        let isForNode = listen.isEmpty && ready == nil && channel == nil && disconnectSignal == nil
        if let relative = envFile.first(where: { !$0.hasPrefix("/") }) {
            throw ValidationError("--env-file: '\(relative)' must be an absolute path on the agent's host")
        }
        guard !isEmpty || !isForNode || !envFile.isEmpty || silent != nil || file != nil else {
            throw ValidationError("name a setting to change, or a file of them with --file")
        }
    }

    func run(in session: Session) async throws -> ExitStatus {
        let patch = try self.patch()
        return try await session.report(SettingsTable.columns) { client in
            let answer = try await client.settingsAnswer(client.post("/v1/cluster:setupPrimary", body: patch))
            if patch["exec"] != nil, let warning = Self.warning(answer.json, at: client.host) {
                StandardStreams.complain(warning)
            }
            return answer
        }
    }

    /// The warning if the program is not there. Only an agent on this machine sees the same files, and only an absolute
    /// path is certain.
    private static func warning(_ settings: RawJSON?, at host: Host) -> String? {
        guard case .unix = host.address, let exec = settings?["exec"]?.string, exec.contains("/") else { return nil }
        let path = exec.hasPrefix("/") ? exec : "\(settings?["cwd"]?.string ?? ".")/\(exec)"
        guard path.hasPrefix("/") else { return nil }
        // Node completes a script's name.
        let deadline = ContinuousClock.now + .seconds(1)
        guard ["", ".js", ".json", ".node", ".cjs", ".mjs"].allSatisfy({ isMissing(path + $0, until: deadline) })
        else { return nil }
        return "\(host.name): warning: there is no \(TerminalText.safe(path)); forks fail until it is there"
    }

    private static func isMissing(_ path: String, until deadline: ContinuousClock.Instant) -> Bool {
        do {
            try SmallFile.check(path, until: deadline)
            return false
        } catch {
            return error.errno == ENOENT
        }
    }

    /// The agent checks the file's fields, because a newer agent may know more of them.
    private func patch() throws -> RawJSON {
        var members = try file.map({ try Self.settings(inFile: $0, within: global.timeout.duration) }) ?? []
        func set(_ name: String, _ value: (some Encodable)?) throws {
            guard let value else { return }
            members.removeAll { $0.name == name }
            members.append((name: name, value: try RawJSON(encoding: value)))
        }
        try set("exec", exec)
        try set("args", arg.isEmpty ? nil : arg)
        try set("execArgv", execArg.isEmpty ? nil : execArg)
        try set("cwd", cwd)
        try set("envFiles", envFile.isEmpty ? nil : envFile)
        try set("serialization", serialization)
        try set("silent", silent)
        try set("listen", listen.isEmpty ? nil : listen)
        try set("ready", ready)
        try set("channel", channel)
        try set("disconnectSignal", disconnectSignal)
        return try RawJSON(object: members)
    }

    private static func settings(
        inFile path: String, within time: Duration
    ) throws -> [(name: String, value: RawJSON)] {
        let bytes: [UInt8]
        do {
            bytes = try SmallFile.readAside(path, limit: 1 << 20, .any, until: .now + time)
        } catch {
            throw ValidationError("cannot read \(path): \(error.reason)")
        }
        guard let members = RawJSON(bytes)?.members else {
            throw ValidationError("\(path) must hold one JSON object")
        }
        // Read-only. The etag stays, so that the agent refuses to undo what somebody else has changed since.
        return members.filter { $0.name != "revision" }
    }
}

private func parsed(_ url: String) throws -> ListenURL {
    do {
        return try ListenURL(parsing: url)
    } catch {
        throw ValidationError("\(url) \(error)")
    }
}
