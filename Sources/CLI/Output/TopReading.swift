// SPDX-License-Identifier: Apache-2.0

internal import Shared

/// What the workers of one host have done by one moment.
struct TopReading: Sendable {
    let at: Timestamp
    let workers: [WorkerInfo]

    /// Each worker, with what it has done since an earlier reading of the same host. A worker that is new since then is measured
    /// from its fork.
    func rows(of host: String, since before: TopReading?) -> [TopRow] {
        let known = before?.workers.map { ($0.id, $0) } ?? []
        let earlier = Dictionary(known, uniquingKeysWith: { _, last in last })
        return workers.filter { !$0.dead }.map { worker in
            let past = earlier[worker.id]?.figures
            let start = past == nil ? worker.forkedAt : before?.at ?? worker.forkedAt
            let seconds = max(0.001, Double(at.milliseconds - start.milliseconds) / 1000)
            var row = TopRow(host: host, worker: worker)
            guard let figures = worker.figures else { return row }
            // A worker with a socket of its own accepts by itself, and nobody counts that.
            if figures.connections.waiting == nil {
                row.connections = Self.rate(
                    figures.connections.handedOver, since: past?.connections.handedOver, in: seconds)
            }
            row.cpu = figures.cpuMs.map {
                Self.rate(UInt64(clamping: $0), since: past?.cpuMs.map { UInt64(clamping: $0) }, in: seconds) / 1000
            }
            return row
        }
    }

    private static func rate(_ now: UInt64, since before: UInt64?, in seconds: Double) -> Double {
        let before = before ?? 0
        return now > before ? Double(now - before) / seconds : 0
    }
}

/// One worker, as `top` shows it.
struct TopRow: Sendable {
    let host: String
    let worker: WorkerInfo
    /// New connections a second. Nil if that is not known.
    var connections: Double?
    /// The share of one core.
    var cpu: Double?
}

/// What `top` sorts by: the largest first, but instances by number.
enum TopOrder: String, CaseIterable, Sendable {
    case instance, connections, delay, cpu, memory

    /// The key that chooses it.
    var key: UInt8 {
        switch self {
        case .instance: UInt8(ascii: "i")
        case .connections: UInt8(ascii: "c")
        case .delay: UInt8(ascii: "d")
        case .cpu: UInt8(ascii: "p")
        case .memory: UInt8(ascii: "m")
        }
    }

    /// Rows of equal rank keep the order of hosts, instances and workers.
    func sorted(_ rows: [TopRow]) -> [TopRow] {
        guard self != .instance else { return rows }
        return rows.enumerated().sorted { left, right in
            let (one, other) = (rank(left.element), rank(right.element))
            return one == other ? left.offset < right.offset : one > other
        }.map(\.element)
    }

    private func rank(_ row: TopRow) -> Double {
        let figures = row.worker.figures
        let value: Double? =
            switch self {
            case .instance: 0
            case .connections: row.connections
            case .delay: figures?.eventLoopDelayMs
            case .cpu: row.cpu
            case .memory: figures?.residentBytes.map(Double.init)
            }
        return value ?? -1
    }
}
