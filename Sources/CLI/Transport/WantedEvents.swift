// SPDX-License-Identifier: Apache-2.0

internal import Shared

/// Which events are wanted, as parameters of the calls.
struct WantedEvents: WantedRows, Hashable {
    var types: [String] = []
    var worker: WorkerID?
    var requestID: String?
    var since: Timestamp?
    var until: Timestamp?
    var isReversed = false

    var path: String { "/v1/events" }
    var member: String { "events" }
    var hint: String { "see them with --reverse and -o jsonl" }
    var nothing: String { self == WantedEvents(isReversed: isReversed) ? "the history is empty" : "no event matches" }

    /// For `GET /v1/events`.
    func history(pageSize: Int) -> [(String, String)] {
        filters + (requestID.map { [("requestId", $0)] } ?? []) + page(of: pageSize)
    }

    /// For `GET /v1/events:watch`.
    func watch(after cursor: EventCursor, messages: Bool) -> [(String, String)] {
        filters + (messages ? [("messages", "true")] : []) + [("afterSeq", cursor.parameter)]
    }

    func lacksPlace(_ row: EventLine) -> Bool { row.lacksPlace }

    private var filters: [(String, String)] {
        var parameters: [(String, String)] = []
        if !types.isEmpty { parameters.append(("type", types.joined(separator: ","))) }
        if let worker { parameters.append(("workerId", "\(worker)")) }
        return parameters
    }
}
