// SPDX-License-Identifier: Apache-2.0

internal import ArgumentParser
internal import Shared

/// `cluster-cli supervise`
struct Supervise: SessionCommand {
    static let configuration = CommandConfiguration(
        commandName: "supervise", abstract: "Changes the rules by which workers are kept running.",
        discussion: """
            EXAMPLES:
              cluster-cli supervise --restart onFailure
              cluster-cli supervise --max-memory 512M --unresponsive restart
              cluster-cli supervise --intensity 5 --period 1m    gives up after 6 in 1 min
              cluster-cli supervise --max-memory none --ready-timeout default

            Rules that are not named keep their values. The word default takes a rule back to its default. The rules also \
            hold after a restart of the agent. They take effect at once. Times that run already are not changed.
            """)

    /// The option for each rule.
    static let names: [String: String] = [
        "restart": "restart", "readyTimeoutMs": "ready-timeout", "minReadyMs": "min-ready", "backoffMs": "backoff",
        "backoffMaxMs": "backoff-max", "intensity": "intensity", "periodMs": "period", "whenGivenUp": "when-given-up",
        "heartbeatMs": "heartbeat", "unresponsiveMs": "unresponsive-after", "unresponsive": "unresponsive",
        "maxMemoryBytes": "max-memory", "maxAgeMs": "max-age", "drainTimeoutMs": "drain-timeout",
        "killTimeoutMs": "kill-timeout",
    ]

    @Option(
        help: ArgumentHelp("Whether a worker that ends is replaced: always, onFailure or never.", valueName: "when"),
        completion: .list(PolicyArgument.words(RestartPolicy.self)), transform: { try PolicyArgument.word($0) })
    var restart: SupervisionPatch.Change<RestartPolicy>?

    @Option(
        help: ArgumentHelp("A worker that is not ready by then is stopped; 0: no limit.", valueName: "duration"),
        transform: PolicyArgument.time)
    var readyTimeout: SupervisionPatch.Change<Int>?

    @Option(
        help: ArgumentHelp("A reload counts a worker as good after this time.", valueName: "duration"),
        transform: PolicyArgument.time)
    var minReady: SupervisionPatch.Change<Int>?

    @Option(
        help: ArgumentHelp("The delay after a failure; it doubles with each in a row.", valueName: "duration"),
        transform: PolicyArgument.time)
    var backoff: SupervisionPatch.Change<Int>?

    @Option(help: ArgumentHelp("The longest delay.", valueName: "duration"), transform: PolicyArgument.time)
    var backoffMax: SupervisionPatch.Change<Int>?

    @Option(
        help: ArgumentHelp("After more failures than this in --period, give up; 0: never.", valueName: "n"),
        transform: PolicyArgument.count)
    var intensity: SupervisionPatch.Change<Int>?

    @Option(help: ArgumentHelp("See --intensity.", valueName: "duration"), transform: PolicyArgument.time)
    var period: SupervisionPatch.Change<Int>?

    @Option(
        help: ArgumentHelp(
            "What the agent does once all instances have given up: stay, or exit with 70.", valueName: "what"),
        completion: .list(PolicyArgument.words(SupervisionPolicy.WhenGivenUp.self)),
        transform: { try PolicyArgument.word($0) })
    var whenGivenUp: SupervisionPatch.Change<SupervisionPolicy.WhenGivenUp>?

    @Option(
        help: ArgumentHelp("The time from one heartbeat to the next; 0: none are sent.", valueName: "duration"),
        transform: PolicyArgument.time)
    var heartbeat: SupervisionPatch.Change<Int>?

    @Option(
        help: ArgumentHelp(
            "A worker that does not answer a heartbeat for this time hangs; 0: never.", valueName: "duration"),
        transform: PolicyArgument.time)
    var unresponsiveAfter: SupervisionPatch.Change<Int>?

    @Option(
        help: ArgumentHelp("What happens to a worker that hangs: report or restart.", valueName: "what"),
        completion: .list(PolicyArgument.words(SupervisionPolicy.WhenUnresponsive.self)),
        transform: { try PolicyArgument.word($0) })
    var unresponsive: SupervisionPatch.Change<SupervisionPolicy.WhenUnresponsive>?

    @Option(
        help: ArgumentHelp("A worker with more resident memory is replaced: 512M, 2G, none.", valueName: "size"),
        transform: PolicyArgument.size)
    var maxMemory: SupervisionPatch.Change<Int64>?

    @Option(
        help: ArgumentHelp("A worker is replaced at this age: 12h, 7d, none.", valueName: "duration"),
        transform: PolicyArgument.age)
    var maxAge: SupervisionPatch.Change<Int>?

    @Option(
        help: ArgumentHelp("From a worker's disconnect to SIGTERM; 0: no limit.", valueName: "duration"),
        transform: PolicyArgument.time)
    var drainTimeout: SupervisionPatch.Change<Int>?

    @Option(
        help: ArgumentHelp("From SIGTERM to SIGKILL; 0: no limit.", valueName: "duration"),
        transform: PolicyArgument.time)
    var killTimeout: SupervisionPatch.Change<Int>?

    @Option(help: ArgumentHelp("Change the rules only if they have this etag.", valueName: "etag"))
    var etag: String?

    @OptionGroup var global: GlobalOptions

    func validate() throws {
        var empty = SupervisionPatch()
        empty.etag = etag
        guard patch != empty else { throw ValidationError("name a rule to change; see: cluster-cli supervision") }
    }

    func run(in session: Session) async throws -> ExitStatus {
        let body = try RawJSON(encoding: patch)
        return try await session.report(SupervisionTable.columns) { client in
            try await client.supervisionAnswer { try await client.post("/v1/cluster:supervise", body: body) }
        }
    }

    private var patch: SupervisionPatch {
        var patch = SupervisionPatch()
        patch.restart = restart ?? .keep
        patch.readyTimeoutMs = readyTimeout ?? .keep
        patch.minReadyMs = minReady ?? .keep
        patch.backoffMs = backoff ?? .keep
        patch.backoffMaxMs = backoffMax ?? .keep
        patch.intensity = intensity ?? .keep
        patch.periodMs = period ?? .keep
        patch.whenGivenUp = whenGivenUp ?? .keep
        patch.heartbeatMs = heartbeat ?? .keep
        patch.unresponsiveMs = unresponsiveAfter ?? .keep
        patch.unresponsive = unresponsive ?? .keep
        patch.maxMemoryBytes = maxMemory ?? .keep
        patch.maxAgeMs = maxAge ?? .keep
        patch.drainTimeoutMs = drainTimeout ?? .keep
        patch.killTimeoutMs = killTimeout ?? .keep
        patch.etag = etag
        return patch
    }
}
