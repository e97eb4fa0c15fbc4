// SPDX-License-Identifier: Apache-2.0

internal import Contract
internal import Shared

extension AgentClient {
    /// The largest page that the contract allows.
    static let largestPage = 1000
    /// No agent has had this many workers. One that sends pages without end must not fill the memory.
    private static let mostWorkers = 1_000_000
    private static let largestList = 512 << 20

    /// All pages of `GET /v1/workers`: as one reply in the agent's own bytes, and decoded.
    func workers(
        state: WorkerStateFilter? = nil, all: Bool = false
    ) async throws -> (json: RawJSON, workers: [WorkerInfo]) {
        var query = [("pageSize", String(Self.largestPage))]
        if let state { query.append(("state", state.rawValue)) }
        if all { query.append(("all", "true")) }
        let first = try await get("/v1/workers", query: query)
        guard var token = nextPageToken(first) else {
            return (first, try decodedList(first, "workers", atMost: Self.largestPage, as: WorkersReply.self).workers)
        }
        var elements = try self.elements(first, "workers")
        var size = first.bytes.count
        while true {
            let page = try await get("/v1/workers", query: query + [("pageToken", token)])
            elements += try self.elements(page, "workers")
            size += page.bytes.count
            guard elements.count <= Self.mostWorkers, size <= Self.largestList else {
                throw Failure.badReply("a list of workers without end", from: host)
            }
            guard let next = nextPageToken(page) else { break }
            // An agent that sends the same page forever must not keep us.
            guard next != token else { throw Failure.badReply("the same page twice", from: host) }
            token = next
        }
        let json = try RawJSON(object: [(name: "workers", value: RawJSON(array: elements))])
        return (json, try decoded(json, as: WorkersReply.self).workers)
    }

    /// Nil at the end of a list.
    func nextPageToken(_ page: RawJSON) -> String? {
        page["nextPageToken"]?.string.flatMap { $0.isEmpty ? nil : $0 }
    }

    /// A reply as the contract has it, unless its list has more elements than it can have. A decoder needs much memory
    /// for each.
    func decodedList<Value: Decodable>(
        _ page: RawJSON, _ field: String, atMost limit: Int, as type: Value.Type
    ) throws -> Value {
        if page[field]?.elements(atMost: 0) != nil { _ = try elements(page, field, atMost: limit) }
        return try decoded(page, as: type)
    }

    /// - Parameter limit: the most elements that the list can have.
    func elements(_ page: RawJSON, _ field: String, atMost limit: Int = largestPage) throws -> [RawJSON] {
        guard let elements = page[field]?.elements(atMost: limit) else {
            throw Failure.badReply("a page without '\(field)'", from: host)
        }
        guard elements.count <= limit else {
            throw Failure.badReply("more than \(limit) \(field)", from: host)
        }
        return elements
    }
}
