// SPDX-License-Identifier: Apache-2.0

internal import Shared

/// Which of the fleet's events are wanted, as parameters of the call.
struct WantedFleetEvents: WantedRows, Hashable {
    var agents: [String] = []
    var groups: [String] = []
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
        filters + (requestID.map { [("requestId", $0)] } ?? []) + page(of: pageSize)
    }

    func watch(after cursor: EventCursor, messages: Bool) -> [(String, String)] {
        filters + [("after", cursor.parameter)]
    }

    /// Not by seq: each agent counts its own.
    func place(of row: EventLine) -> EventCursor? {
        guard let cursor = row.raw["cursor"]?.string, cursor.utf8.count <= Self.longestCursor else { return nil }
        return .behind(cursor)
    }

    func isPlaceAlone(_ row: EventLine) -> Bool { row.raw["type"] == nil && place(of: row) != nil }

    /// Most events before the place are still kept, because they are removed by time.
    var nextKept: EventCursor { .latest }

    /// It goes back to the agent in a URL.
    private static let longestCursor = 200

    func lacksPlace(_ row: EventLine) -> Bool { place(of: row) == nil }

    private var filters: [(String, String)] {
        [("agent", agents), ("group", groups), ("type", types)].compactMap { name, words in
            words.isEmpty ? nil : (name, words.joined(separator: ","))
        }
    }
}
