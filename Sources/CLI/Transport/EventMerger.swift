// SPDX-License-Identifier: Apache-2.0

/// The histories of several hosts as one, by time. Of each host the events keep their order,
/// whatever its clock did; a host that fails is left out from then on.
@TransportActor
final class EventMerger {
    private var heads: [(host: String, pager: EventPager, event: EventLine?)]
    private let isReversed: Bool
    private(set) var failures: [(host: String, failure: Failure)] = []

    init(_ pagers: [EventPager], isReversed: Bool) {
        heads = pagers.map { ($0.client.host.name, $0, nil) }
        self.isReversed = isReversed
    }

    /// Fetches all first pages at once. To be called once, before `next`.
    func start() async {
        let pagers = heads.map(\.pager)
        let results = await concurrently(Array(pagers.indices)) { await Self.head(pagers[$0]) }
        for (index, result) in results.enumerated() { take(result, at: index) }
    }

    /// Nil when all hosts are through.
    func next() async -> (host: String, event: EventLine)? {
        guard let index = Self.first(of: heads.map(\.event), isReversed: isReversed), let event = heads[index].event
        else { return nil }
        let pager = heads[index].pager
        _ = try? await pager.pop()
        take(await Self.head(pager), at: index)
        return (heads[index].host, event)
    }

    /// The event that comes first; of several at one time the first host's.
    nonisolated static func first(of events: [EventLine?], isReversed: Bool) -> Int? {
        var best: (index: Int, time: String)?
        for (index, event) in events.enumerated() {
            guard let event else { continue }
            guard let current = best else {
                best = (index, event.time)
                continue
            }
            if isReversed ? event.time > current.time : event.time < current.time { best = (index, event.time) }
        }
        return best?.index
    }

    private static func head(_ pager: EventPager) async -> Result<EventLine?, Failure> {
        do {
            return .success(try await pager.peek())
        } catch {
            return .failure((error as? Failure) ?? Failure(kind: .refused, message: "\(error)"))
        }
    }

    private func take(_ result: Result<EventLine?, Failure>, at index: Int) {
        switch result {
        case .success(let event): heads[index].event = event
        case .failure(let failure):
            heads[index].event = nil
            failures.append((heads[index].host, failure))
        }
    }
}
