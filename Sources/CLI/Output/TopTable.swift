// SPDX-License-Identifier: Apache-2.0

internal import Shared

/// What `top` shows.
enum TopTable {
    /// - Parameter namesHosts: whether there are several.
    static func columns(namesHosts: Bool) -> [Table.Column] {
        let columns: [Table.Column] = [
            .init(title: "INSTANCE", isNumber: true, minimum: 8), .init(title: "WORKER", isNumber: true, minimum: 6),
            .init(title: "STATE", minimum: 9), .init(title: "CONN/S", isNumber: true, minimum: 8),
            .init(title: "UNANSWERED", isNumber: true, minimum: 10, rank: 3),
            .init(title: "WAITING", isNumber: true, minimum: 7, rank: 4),
            .init(title: "DECLINED", isNumber: true, minimum: 8, rank: 2),
            .init(title: "DELAY", isNumber: true, minimum: 8), .init(title: "CPU", isNumber: true, minimum: 6),
            .init(title: "MEMORY", isNumber: true, minimum: 7),
            .init(title: "UPTIME", isNumber: true, minimum: 6, rank: 1),
        ]
        return namesHosts ? [.init(title: "HOST", isFlexible: true)] + columns : columns
    }

    static func row(_ row: TopRow, namesHosts: Bool, now: Timestamp) -> Table.Row {
        let figures = row.worker.figures
        // Of a worker with a socket of its own, only those that wait are known.
        let handed = figures?.connections.waiting == nil ? figures?.connections : nil
        let cells: Table.Row = [
            Cell(row.worker.instance), Cell(row.worker.id), state(row.worker, now: now),
            Cell(row.connections.map { decimal($0, digits: $0 < 100 ? 1 : 0) }),
            Cell(handed?.unanswered), Cell(figures?.connections.waiting), Cell(handed?.declined),
            Cell(figures?.eventLoopDelayMs.map { "\(decimal($0, digits: $0 < 100 ? 1 : 0)) ms" }),
            Cell(row.cpu.map { "\(decimal($0 * 100, digits: 0))%" }),
            Cell(figures?.residentBytes.map(SizeArgument.text)),
            Cell(Timestamp.age(of: row.worker.forkedAt, at: now)),
        ]
        return namesHosts ? [Cell(row.host)] + cells : cells
    }

    private static func state(_ worker: WorkerInfo, now: Timestamp) -> Cell {
        worker.responsive == false ? Cell("hangs", tone: .bad) : WorkerTable.state(worker, now: now)
    }

    /// `2 hosts, 8 workers, 1234 connections/s, CPU 53%, 410M`
    static func summary(_ rows: [TopRow], hosts: Int) -> String {
        let connections = rows.compactMap(\.connections)
        let parts = [
            hosts > 1 ? "\(hosts) hosts" : nil,
            rows.count == 1 ? "1 worker" : "\(rows.count) workers",
            connections.isEmpty ? nil : "\(decimal(connections.reduce(0, +), digits: 0)) connections/s",
            "CPU \(decimal(rows.compactMap(\.cpu).reduce(0, +) * 100, digits: 0))%",
            SizeArgument.text(rows.compactMap { $0.worker.figures?.residentBytes }.reduce(0, +)),
        ]
        return parts.compactMap(\.self).joined(separator: ", ")
    }

    /// - Parameter digits: behind the point, at most one.
    static func decimal(_ value: Double, digits: Int) -> String {
        // An agent may send anything.
        guard value.isFinite, value >= 0, value < 1e15 else { return "?" }
        let tenths = Int64((value * 10).rounded())
        return digits == 0 ? "\(Int64(value.rounded()))" : "\(tenths / 10).\(tenths % 10)"
    }
}
