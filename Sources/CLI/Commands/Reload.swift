// SPDX-License-Identifier: Apache-2.0

internal import ArgumentParser
internal import Contract
internal import Shared

/// `cluster-cli reload`
struct Reload: SessionCommand {
    static let configuration = CommandConfiguration(
        commandName: "reload", abstract: "Replaces all workers by those of a new release, without a gap.",
        discussion: """
            EXAMPLES:
              cluster-cli reload                               the current release
              cluster-cli reload --exec /srv/v42/server.js     another, if it proves good
              cluster-cli reload --env-file /etc/v42.env       with other variables
              cluster-cli -g web reload --canary web-1         one host before the others
              cluster-cli -g web reload --parallel 4 --no-stop-on-failure

            Each new worker must be ready, and stay so for --min-ready, before an old one is asked to leave. If a new worker \
            fails, the reload is aborted: the old workers serve on, and the new settings are dropped. Times that are not \
            given are those of the policy (cluster-cli supervision). Forked workers are left alone.

            With several hosts, the first that does not succeed stops the roll: no further host begins. Those that have \
            begun are waited for. Ctrl-C ends the roll, but not the reloads that have begun.

            The exit code is 0 only if all succeeded. If a host of several did not, it is 2.
            """)

    @OptionGroup(title: "The new release") var release: ReleaseOptions

    @OptionGroup(title: "How workers are replaced") var pace: PaceOptions

    @Flag(help: "Cancel the operation that is under way, if there is one.")
    var force = false

    @Flag(help: "Return as soon as it has begun.")
    var noWait = false

    @OptionGroup var limit: WaitLimit

    @Option(
        help: ArgumentHelp("This host first; the others begin if it succeeds. May be repeated.", valueName: "host"),
        completion: Candidates.hosts)
    var canary: [String] = []

    @Flag(inversion: .prefixedNo, help: "Whether a failure keeps further hosts from beginning.")
    var stopOnFailure = true

    @OptionGroup var global: GlobalOptions

    func validate() throws {
        guard !noWait || (canary.isEmpty && limit.duration == nil) else {
            throw ValidationError("--no-wait does not go with --canary and --wait-timeout, which need the verdict")
        }
    }

    func run(in session: Session) async throws -> ExitStatus {
        let names = session.hosts.map(\.name)
        if let unknown = canary.first(where: { !names.contains($0) }) {
            throw ValidationError("--canary: '\(unknown)' is not among the hosts: \(names.joined(separator: ", "))")
        }
        let body = try RawJSON(encoding: request)
        let roll = HostRoll(
            names, canaries: Set(canary), width: global.parallel?.value ?? 1, stopsOnFailure: stopOnFailure)
        return try await RolloutOverHosts(session, roll, patience: limit.duration) { client, runner in
            let begun = try await runner.begin(.reload, "/v1/cluster:reload", body: body, at: client)
            return try await runner.outcome(of: begun, at: client, waits: !noWait)
        }.run(waits: !noWait)
    }

    private var request: ReloadRequest {
        var request = ReloadRequest()
        request.settings = release.patch
        request.maxSurge = pace.maxSurge
        request.maxUnavailable = pace.maxUnavailable
        request.readyTimeoutMs = pace.readyTimeout
        request.minReadyMs = pace.minReady
        request.drainTimeoutMs = pace.drainTimeout
        request.force = force ? true : nil
        return request
    }
}

/// Settings that a reload puts into force. The others stay.
struct ReleaseOptions: ParsableArguments {
    @Option(help: "The workers' program or script, on the agent's host.", completion: .file())
    var exec: String?

    @Option(help: "An argument of the workers; may be repeated, replaces them all.")
    var arg: [String] = []

    @Option(help: "The workers' working directory, on the agent's host.", completion: .directory)
    var cwd: String?

    @Option(
        help: ArgumentHelp(
            "A file of NAME=VALUE lines on the agent's host, read again; may be repeated, replaces them all.",
            valueName: "path"), completion: .file())
    var envFile: [String] = []

    func validate() throws {
        if let relative = envFile.first(where: { !$0.hasPrefix("/") }) {
            throw ValidationError("--env-file: '\(relative)' must be an absolute path on the agent's host")
        }
    }

    /// Nil if nothing changes. The caller then needs a smaller role.
    var patch: SettingsPatch? {
        var patch = SettingsPatch()
        if let exec { patch.exec = .set(exec) }
        if !arg.isEmpty { patch.args = .set(arg) }
        if let cwd { patch.cwd = .set(cwd) }
        if !envFile.isEmpty { patch.envFiles = .set(envFile) }
        return patch == SettingsPatch() ? nil : patch
    }
}

/// The options for a reload's speed and caution.
struct PaceOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp("How many extra workers there may be, such as 2 or 25%. (default: 1)", valueName: "n"),
        transform: RolloutShare.parse)
    var maxSurge: RolloutShare?

    @Option(
        help: ArgumentHelp("How many ready workers may be missing, such as 1 or 10%. (default: 0)", valueName: "n"),
        transform: RolloutShare.parse)
    var maxUnavailable: RolloutShare?

    @Option(
        help: ArgumentHelp("A new worker that is not ready by then has failed; 0: no limit.", valueName: "duration"),
        transform: DurationArgument.milliseconds)
    var readyTimeout: Int?

    @Option(
        help: ArgumentHelp("A new worker is good after it has been ready for this time.", valueName: "duration"),
        transform: DurationArgument.milliseconds)
    var minReady: Int?

    @Option(
        help: ArgumentHelp(
            "An old worker that has not ended by then gets SIGTERM; 0: no limit.", valueName: "duration"),
        transform: DurationArgument.milliseconds)
    var drainTimeout: Int?
}
