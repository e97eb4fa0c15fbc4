// SPDX-License-Identifier: Apache-2.0

internal import Shared

/// Which of the fleet's events are wanted, as parameters of the call.
struct WantedFleetEvents: WantedRows, Hashable {
    var agents: [String] = []
    var types: [String] = []
    var requestID: String?
    var since: Timestamp?
    var until: Timestamp?
    var isReversed = false

    var path: String { "/v1/fleet/events" }
    var member: String { "events" }
    var hint: String { "see them with --reverse and -o jsonl" }
    var nothing: String {
        self == WantedFleetEvents(isReversed: isReversed) ? "the fleet's history is empty" : "no event matches"
    }

    func history(pageSize: Int) -> [(String, String)] {
        var parameters: [(String, String)] = []
        if !agents.isEmpty { parameters.append(("agent", agents.joined(separator: ","))) }
        if !types.isEmpty { parameters.append(("type", types.joined(separator: ","))) }
        if let requestID { parameters.append(("requestId", requestID)) }
        if let since { parameters.append(("since", since.description)) }
        if let until { parameters.append(("until", until.description)) }
        parameters.append(("order", isReversed ? "desc" : "asc"))
        parameters.append(("pageSize", String(pageSize)))
        return parameters
    }

    /// Nobody follows the fleet by a seq: it has none of its own.
    func watch(after cursor: EventCursor, messages: Bool) -> [(String, String)] { [] }
}
