// SPDX-License-Identifier: Apache-2.0

import Cluster
import Contract
import Fleet
import History
import Shared
import Supervision
import WorkerLogs

/// Collects everything that `/metrics` shows: counts so far, and the state now.
struct MetricCollector: Sendable {
    let registry: MetricRegistry
    let supervisor: any ClusterSupervisor
    let primary: any ClusterPrimary
    let recorder: EventRecorder
    let history: History
    let broadcaster: EventBroadcaster
    let output: WorkerOutput?
    let fleet: AgentFleet?
    let refused: RefusedConnections
    let identity: AgentIdentity

    /// The most instances that get series of their own, so that the number of series has a bound.
    static let shownInstances = 1000

    func families() async -> [MetricFamily] {
        let (status, statistics) = (await primary.status, await primary.statistics)
        let known = registry.samples
        return [info] + workers(status, statistics) + (await supervision()) + connections(status, statistics)
            + instances(statistics) + channels(statistics)
            + [MetricFamily(.requests, known[.requests] ?? []), MetricFamily(.refusals, known[.refusals] ?? [])]
            + [MetricFamily(.connectionsRefused, refused.samples)]
            + recording(known) + logs
            + [MetricFamily(.watchers, broadcaster.watchers)] + forwarding + ProcessUsage.families
            + [MetricFamily(.processStart, Double(identity.reply.startedAt.milliseconds) / 1000)]
    }

    private var info: MetricFamily {
        let identity = identity.reply
        return MetricFamily(
            .info,
            [
                MetricSample(
                    labels: [("version", identity.version), ("swift", identity.swift), ("agent", identity.agentId)],
                    value: 1)
            ])
    }

    private func workers(_ status: ClusterStatus, _ statistics: PrimaryStatistics) -> [MetricFamily] {
        let counts = status.workers
        let states = [
            ("none", counts.none), ("online", counts.online), ("listening", counts.listening),
            ("leaving", counts.leaving), ("disconnected", counts.disconnected), ("dead", counts.dead),
        ]
        return [
            MetricFamily(.workers, states.map { MetricSample(labels: [("state", $0.0)], value: Double($0.1)) }),
            MetricFamily(.pausedWorkers, counts.paused),
            MetricFamily(.forks, statistics.forks),
            MetricFamily(.exits, exits),
        ]
    }

    private func supervision() async -> [MetricFamily] {
        let (status, instances, views) =
            (await supervisor.status, await supervisor.instances, await supervisor.views)
        let shown = instances.prefix(Self.shownInstances)
        let now = ContinuousClock.now
        func each(_ value: (InstanceInfo) -> Double?) -> [MetricSample] {
            shown.compactMap { instance in
                value(instance).map { MetricSample(labels: [("instance", "\(instance.instance)")], value: $0) }
            }
        }
        func view(_ instance: InstanceInfo) -> SupervisedWorkerView? { instance.workerId.flatMap { views[$0] } }
        return [
            MetricFamily(.desired, status.desired), MetricFamily(.readyWorkers, status.ready),
            MetricFamily(.instanceRestarts, each { Double($0.restarts) }),
            MetricFamily(.instanceFailures, each { Double($0.failuresInARow) }),
            MetricFamily(.instanceReady, each { view($0)?.isReady == true ? 1 : 0 }),
            MetricFamily(.workerDelay, each { view($0)?.delay(at: now).map { $0 / .seconds(1) } }),
            MetricFamily(.workerResponsive, each { view($0)?.isResponsive.map { $0 ? 1 : 0 } }),
        ]
    }

    /// An agent without a fleet has no values.
    private var forwarding: [MetricFamily] {
        let status = fleet?.link.status
        func family(_ metric: AgentMetric, _ value: Double?) -> MetricFamily {
            MetricFamily(metric, value.map { [MetricSample(value: $0)] } ?? [])
        }
        return [
            family(.fleetReady, status.map { $0.isConnected ? 1 : 0 }),
            family(.fleetForwarded, status.map { Double($0.forwarded) }),
            family(.fleetWaiting, status.map { Double($0.waiting) }),
            family(.fleetLag, status.map { Double($0.lag(now: .now)) / 1000 }),
            family(.fleetGaps, status.map { Double($0.gaps) }),
            family(.fleetFailures, status.map { Double($0.failures) }),
        ]
    }

    private var logs: [MetricFamily] {
        let statistics = output?.store.statistics
        return [
            MetricFamily(.outputDropped, output?.droppedBytes ?? 0),
            MetricFamily(.logLines, statistics?.stored ?? 0),
            MetricFamily(.logLinesLost, statistics?.lost ?? 0),
            MetricFamily(.logBytes, statistics?.bytes ?? 0),
            MetricFamily(.logReady, output?.store.trouble == nil ? 1 : 0),
        ]
    }

    /// Each reason is there from the start, so that its first count is a rise.
    private var exits: [MetricSample] {
        var counts = recorder.exits.values
        // Nobody saw these workers end. The history recorded their end when this run opened it.
        counts[.agentLost] = (try? history.orphans.count) ?? 0
        return ExitReport.Reason.allCases.map { reason in
            MetricSample(labels: [("reason", reason.rawValue)], value: Double(counts[reason, default: 0]))
        }
    }

    private func connections(_ status: ClusterStatus, _ statistics: PrimaryStatistics) -> [MetricFamily] {
        [
            MetricFamily(.handovers, statistics.connections.samples()),
            MetricFamily(.connectionsPending, status.handles.map(\.pendingConnections).reduce(0, +)),
            MetricFamily(.handoverLatency, statistics.handoverLatency.samples()),
        ]
    }

    private func channels(_ statistics: PrimaryStatistics) -> [MetricFamily] {
        [
            MetricFamily(.messages, statistics.traffic.messageSamples()),
            MetricFamily(.messageBytes, statistics.traffic.byteSamples()),
        ]
    }

    private func recording(_ known: [AgentMetric: [MetricSample]]) -> [MetricFamily] {
        [
            MetricFamily(.historyCommits, known[.historyCommits] ?? []),
            MetricFamily(.historyEvents, known[.historyEvents] ?? []),
            MetricFamily(.historyLost, recorder.lostEvents),
            MetricFamily(.messagesLost, recorder.lostMessages + broadcaster.lostMessages),
            MetricFamily(.historyQueue, recorder.waitingEvents),
            MetricFamily(.historyReady, recorder.trouble == nil ? 1 : 0),
        ]
    }
}
