// SPDX-License-Identifier: Apache-2.0

internal import Shared

/// Which lines of workers are wanted.
struct WantedLogs: WantedRows, Hashable {
    var workers: [WorkerID] = []
    var source: OutputSource?
    var stream: WorkerStream?
    var contains: String?
    var since: Timestamp?
    var until: Timestamp?
    /// How many lines come first that are there already; for a watch.
    var tail: Int?
    var isReversed = false

    var path: String { "/v1/logs" }
    var member: String { "lines" }
    var hint: String { "narrow it with --since and --until, or leave out --tail" }
    var nothing: String { "no line matches" }

    func history(pageSize: Int) -> [(String, String)] {
        filters + page(of: pageSize)
    }

    func watch(after cursor: EventCursor, messages: Bool) -> [(String, String)] {
        guard cursor == .latest else { return filters + [("afterSeq", cursor.parameter)] }
        var parameters = filters
        if let since { parameters.append(("since", since.description)) }
        if let tail { parameters.append(("tail", String(tail))) }
        return parameters
    }

    /// The agent's own words among workers' lines have no place.
    func lacksPlace(_ row: EventLine) -> Bool { row.seq == nil && row.raw["stream"]?.string != "agent" }

    private var filters: [(String, String)] {
        var parameters: [(String, String)] = []
        if !workers.isEmpty {
            parameters.append(("workerId", workers.map(\.description).joined(separator: ",")))
        }
        if let source { parameters.append(("instance", source.description)) }
        if let stream { parameters.append(("stream", stream.rawValue)) }
        if let contains { parameters.append(("contains", contains)) }
        return parameters
    }
}
