// SPDX-License-Identifier: Apache-2.0

internal import Shared

/// Workers as rows.
enum WorkerTable {
    static let columns: [Table.Column] = [
        .init(title: "ID", isNumber: true), .init(title: "INSTANCE", isNumber: true, isOptional: true),
        .init(title: "PID", isNumber: true), .init(title: "STATE"), .init(title: "READY", isOptional: true),
        .init(title: "LISTENING", isFlexible: true), .init(title: "UPTIME", isNumber: true), .init(title: "EXIT"),
        .init(title: "NODE ID", isNumber: true, isOptional: true),
    ]

    static func row(_ worker: WorkerInfo, now: Timestamp) -> Table.Row {
        [
            Cell(worker.id), Cell(worker.instance?.description ?? ""), Cell(worker.pid), state(worker, now: now),
            ready(worker), Cell(addresses(worker.listening)),
            Cell(uptime(worker, now: now)), exit(worker),
            Cell(nodeID(worker) ?? ""),
        ]
    }

    /// The number that the program sees as `cluster.worker.id`. Nil if it equals the id.
    static func nodeID(_ worker: WorkerInfo) -> String? {
        worker.nodeId == worker.id ? nil : "\(worker.nodeId)"
    }

    static func rows(_ workers: [WorkerInfo]) -> [Table.Row] {
        let now = Timestamp.now
        return workers.map { row($0, now: now) }
    }

    /// `leaving 8s`: somebody has asked it to leave, and it is killed after that time.
    static func state(_ worker: WorkerInfo, now: Timestamp) -> Cell {
        guard let leaving = worker.leaving, worker.state != .dead else {
            return worker.paused && !worker.dead ? Cell("paused", tone: .doubtful) : state(worker.state)
        }
        let word = worker.state == .disconnected ? worker.state.rawValue : "leaving"
        let left = leaving.deadline.map { " " + Timestamp.age(of: now, at: $0) } ?? ""
        return Cell(word + left, tone: .doubtful)
    }

    private static func state(_ state: WorkerState) -> Cell {
        let tone: Cell.Tone =
            switch state {
            case .listening, .online: .good
            case .none, .disconnected: .doubtful
            case .dead: .bad
            }
        return Cell(state.rawValue, tone: tone)
    }

    /// Whether a supervised worker is ready, and whether its event loop answers. Empty for other workers and for ended
    /// ones.
    static func ready(_ worker: WorkerInfo) -> Cell {
        guard worker.supervised, !worker.dead, let ready = worker.ready else { return "" }
        guard worker.responsive != false else { return Cell("hangs", tone: .bad) }
        return ready ? Cell("yes", tone: .good) : Cell("no", tone: .doubtful)
    }

    static func addresses(_ listening: [ListeningAddress]) -> String {
        listening.isEmpty ? "-" : listening.map(\.text).joined(separator: ", ")
    }

    /// From the fork to the end, or to now. The agent's clock may be ahead of ours.
    private static func uptime(_ worker: WorkerInfo, now: Timestamp) -> String {
        Timestamp.age(of: worker.forkedAt, at: worker.exitedAt ?? now)
    }

    static func exit(_ worker: WorkerInfo) -> Cell {
        let cause = worker.exit.flatMap(cause).map { " " + $0 } ?? ""
        if let signal = worker.signal { return Cell(signal + cause, tone: .bad) }
        if let code = worker.exitCode { return Cell("\(code)" + cause, tone: code == 0 ? .plain : .bad) }
        return worker.exit?.reason == .agentLost ? Cell(agentLost, tone: .bad) : "-"
    }

    /// Nobody saw how these workers ended.
    static let agentLost = "agent was killed"

    /// `by uid:0`: who gave the command that ended it.
    private static func cause(_ exit: ExitReport) -> String? {
        exit.principal.map { "by \($0)" } ?? (exit.reason == .agentStopped ? "as the agent stopped" : nil)
    }
}

extension Timestamp {
    /// `2h05m`. Negative times count as zero.
    static func age(of start: Timestamp, at end: Timestamp) -> String {
        let (age, overflow) = end.milliseconds.subtractingReportingOverflow(start.milliseconds)
        return overflow || age < 1000 ? "0s" : Duration.seconds(age / 1000).text
    }
}

extension ListeningAddress {
    /// `0.0.0.0:8000`, `[::]:8000`, `/run/app.sock`, `*:8000/udp`
    var text: String {
        let suffix = addressType.isDatagram ? "/udp" : ""
        guard let port, port >= 0 else { return address ?? fd.map { "fd \($0)" } ?? "?" }
        let host = address.map { $0.contains(":") ? "[\($0)]" : $0 } ?? "*"
        return "\(host):\(port)\(suffix)"
    }
}
