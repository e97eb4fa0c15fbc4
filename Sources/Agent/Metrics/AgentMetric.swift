// SPDX-License-Identifier: Apache-2.0

/// The metrics of `/metrics`, by name.
enum AgentMetric: String, CaseIterable, Sendable {
    case info = "cluster_agent_info"
    case workers = "cluster_workers"
    case pausedWorkers = "cluster_workers_paused"
    case desired = "cluster_workers_desired"
    case readyWorkers = "cluster_workers_ready"
    case instanceRestarts = "cluster_instance_restarts_total"
    case instanceFailures = "cluster_instance_failures_in_a_row"
    case instanceReady = "cluster_instance_ready"
    case workerDelay = "cluster_worker_event_loop_delay_seconds"
    case workerResponsive = "cluster_worker_responsive"
    case workerCPU = "cluster_worker_cpu_seconds_total"
    case workerMemory = "cluster_worker_resident_memory_bytes"
    case workerHandovers = "cluster_worker_handovers_total"
    case workerUnanswered = "cluster_worker_connections_unanswered"
    case workerWaiting = "cluster_worker_connections_waiting"
    case outputDropped = "cluster_worker_output_dropped_bytes_total"
    case logLines = "cluster_log_lines_total"
    case logLinesLost = "cluster_log_lost_lines_total"
    case logBytes = "cluster_log_bytes"
    case logReady = "cluster_log_ready"
    case forks = "cluster_forks_total"
    case exits = "cluster_worker_exits_total"
    case handovers = "cluster_handovers_total"
    case connectionsPending = "cluster_connections_pending"
    case handoverLatency = "cluster_handover_duration_seconds"
    case messages = "cluster_ipc_messages_total"
    case messageBytes = "cluster_ipc_bytes_total"
    case workerMessages = "cluster_worker_ipc_messages_total"
    case workerBytes = "cluster_worker_ipc_bytes_total"
    case workerQueue = "cluster_worker_ipc_queue_bytes"
    case requests = "cluster_api_request_duration_seconds"
    case refusals = "cluster_api_refusals_total"
    case connectionsRefused = "cluster_api_connections_refused_total"
    case historyCommits = "cluster_history_commit_duration_seconds"
    case historyEvents = "cluster_history_events_total"
    case historyLost = "cluster_history_lost_events_total"
    case messagesLost = "cluster_messages_lost_total"
    case historyQueue = "cluster_history_queue_events"
    case historyReady = "cluster_history_ready"
    case watchers = "cluster_watchers"
    case fleetReady = "cluster_fleet_ready"
    case fleetForwarded = "cluster_fleet_forwarded_events_total"
    case fleetWaiting = "cluster_fleet_waiting_events"
    case fleetLag = "cluster_fleet_lag_seconds"
    case fleetGaps = "cluster_fleet_gaps_total"
    case fleetFailures = "cluster_fleet_failures_total"
    case processCPU = "process_cpu_seconds_total"
    case processMemory = "process_resident_memory_bytes"
    case processDescriptors = "process_open_fds"
    case processDescriptorLimit = "process_max_fds"
    case processStart = "process_start_time_seconds"

    enum Kind: String, Sendable {
        case counter, gauge, histogram
    }

    var kind: Kind {
        switch self {
        case .handoverLatency, .requests, .historyCommits: .histogram
        case _ where rawValue.hasSuffix("_total"): .counter
        default: .gauge
        }
    }

    var help: String {
        switch self {
        case .info: "Always 1; the labels tell which agent this is."
        case .workers: "Live workers by state; leaving are those that were asked to go and are still connected."
        case .pausedWorkers: "Live workers that somebody has paused; they count under their states too."
        case .desired: "Supervised workers that are wanted."
        case .readyWorkers: "Instances that have a worker which is ready."
        case .instanceRestarts: "Workers that an instance has had after its first; at most 1000 instances are shown."
        case .instanceFailures: "Workers of an instance that have failed one after the other."
        case .instanceReady: "1 while an instance has a worker that is ready."
        case .workerDelay:
            "How long the event loop of an instance's worker took to answer the last heartbeat, or how long an answer is overdue."
        case .workerResponsive:
            "0 while an instance's worker has not answered heartbeats for supervision.unresponsiveAfter."
        case .workerCPU: "CPU time of an instance's workers, and of their children that have ended."
        case .workerMemory: "Memory that an instance's workers have in RAM."
        case .workerHandovers: "How an instance's workers answered the connections that they were sent."
        case .workerUnanswered: "Connections that an instance's workers were sent and have not answered."
        case .workerWaiting: "Connections that wait in the sockets of an instance's workers (reuseport)."
        case .outputDropped: "Bytes of workers' output that the agent could not pass on, because nobody read its own."
        case .logLines: "Lines of workers that were stored."
        case .logLinesLost: "Lines of workers that could not be stored."
        case .logBytes: "What the stored lines take on the disk."
        case .logReady: "1 while lines of workers can be stored."
        case .forks: "Workers that were to be started."
        case .exits: "Workers that ended, by reason."
        case .handovers:
            "Connections sent to workers, by outcome: taken, declined for another worker, returned because the worker left."
        case .connectionsPending: "Connections that wait for a worker."
        case .handoverLatency: "From sending a connection to a worker until its answer."
        case .messages: "Messages between the primary and all its workers, internal ones too."
        case .messageBytes: "Bytes between the primary and all its workers."
        case .workerMessages: "Messages between the primary and an instance's workers."
        case .workerBytes: "Bytes between the primary and an instance's workers."
        case .workerQueue: "Bytes that wait because an instance's workers do not read."
        case .requests: "API requests, by operation and status, from the head's arrival until the answer begins."
        case .refusals: "API requests that were answered with an error, by its reason."
        case .connectionsRefused: "Connections that ended without a request that could be served, by reason."
        case .historyCommits: "Commits of events to the history."
        case .historyEvents: "Events that were stored."
        case .historyLost: "Events that should be in the history and are not."
        case .messagesLost: "Messages that watchers were not shown: too many, or unreadable."
        case .historyQueue: "Events that wait to be stored."
        case .historyReady: "1 while the history works."
        case .watchers: "Clients that watch events."
        case .fleetReady: "1 while the agent is registered in its fleet and forwards its history."
        case .fleetForwarded: "Events that were written to the fleet's history."
        case .fleetWaiting: "Events that wait to be written to the fleet's history."
        case .fleetLag: "The age of the oldest event that waits to be written to the fleet's history."
        case .fleetGaps: "Gaps that were written to the fleet's history in place of events."
        case .fleetFailures: "How often the fleet's database could not be reached or refused to work."
        case .processCPU: "CPU time of the agent, in user mode and in the kernel."
        case .processMemory: "Resident memory of the agent."
        case .processDescriptors: "Descriptors that the agent has open."
        case .processDescriptorLimit: "Descriptors that the agent may have open."
        case .processStart: "When the agent began, in seconds since 1970."
        }
    }
}
