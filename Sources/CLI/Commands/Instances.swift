// SPDX-License-Identifier: Apache-2.0

internal import ArgumentParser
internal import Shared

/// `cluster-cli instances`
struct Instances: SessionCommand {
    static let configuration = CommandConfiguration(
        commandName: "instances", abstract: "One line for each place that is kept filled with a worker.",
        discussion: """
            EXAMPLES:
              cluster-cli instances                  also those that wait for a next try
              cluster-cli --all-hosts instances      of each host
              cluster-cli why 2                      what happened to one of them

            A worker sees its number as CLUSTER_INSTANCE. Its replacement gets the same number.
            """)

    @OptionGroup var global: GlobalOptions

    private static let columns: [Table.Column] = [
        .init(title: "INSTANCE", isNumber: true), .init(title: "STATE"), .init(title: "WORKER", isNumber: true),
        .init(title: "RESTARTS", isNumber: true), .init(title: "IN A ROW", isNumber: true),
        .init(title: "NEXT TRY", isOptional: true), .init(title: "LAST FAILURE", isFlexible: true, isOptional: true),
    ]

    func run(in session: Session) async throws -> ExitStatus {
        try await session.report(Self.columns) { client in
            let (json, instances) = try await client.instances()
            // Only a word in the table: the instances are shown even if an agent does not list its workers.
            let workers = (try? await client.workers().workers) ?? []
            let (now, paused) = (Timestamp.now, Set(workers.filter(\.paused).map(\.id)))
            return HostAnswer(json: json, rows: instances.map { Self.row($0, paused: paused, now: now) })
        }
    }

    /// - Parameter paused: workers that get no new connections.
    static func row(_ instance: InstanceInfo, paused: Set<WorkerID> = [], now: Timestamp) -> Table.Row {
        [
            Cell(instance.instance), state(instance, paused), Cell(instance.workerId), Cell(instance.restarts),
            Cell(instance.failuresInARow),
            Cell(instance.nextTryAt.map { "in \(Timestamp.age(of: now, at: $0))" } ?? ""),
            Cell(instance.lastFailure.map { FailureStory.short($0, now: now) } ?? ""),
        ]
    }

    private static func state(_ instance: InstanceInfo, _ paused: Set<WorkerID>) -> Cell {
        switch instance.state {
        case .ready where instance.workerId.map(paused.contains) == true: Cell("ready, paused", tone: .doubtful)
        case .ready: Cell("ready", tone: .good)
        case .starting: Cell("starting", tone: .doubtful)
        case .replacing: Cell("replacing", tone: .doubtful)
        case .draining: Cell("draining", tone: .doubtful)
        case .backingOff: Cell("backing off", tone: .bad)
        case .gaveUp: Cell("gave up", tone: .bad)
        }
    }
}
