// SPDX-License-Identifier: Apache-2.0

internal import HeapModule

/// Merges the histories of several hosts by time. Each host's events keep their order, whatever its clock did. A host
/// that fails is left out from then on.
@TransportActor
final class EventMerger {
    private let pagers: [EventPager]
    private let isReversed: Bool
    private var places = Heap<EventPlace>()
    /// The last event of each host.
    private var latest: [Int: EventPlace] = [:]
    /// The host whose event was taken. Its next one is read only when needed, because that may fetch a page.
    private var due: Int?
    private(set) var failures: [(host: String, failure: Failure)] = []

    init(_ pagers: [EventPager], isReversed: Bool) {
        self.pagers = pagers
        self.isReversed = isReversed
    }

    /// Fetches all first pages at once. Call it once, before `next`.
    func start() async {
        let pagers = pagers
        let heads = await concurrently(Array(pagers.indices)) { await Self.head(pagers[$0]) }
        for (index, head) in heads.enumerated() { take(head, of: index) }
    }

    /// Nil after the last event of all hosts.
    func next() async -> (host: String, event: EventLine)? {
        if let host = due {
            due = nil
            take(await Self.head(pagers[host]), of: host)
        }
        while let place = places.popMin() {
            let pager = pagers[place.host]
            // It is still there, because it was seen when the place was made.
            guard case .success(let event?) = await Self.head(pager) else { continue }
            pager.drop()
            due = place.host
            return (pager.client.host.name, event)
        }
        return nil
    }

    private static func head(_ pager: EventPager) async -> Result<EventLine?, Failure> {
        do {
            return .success(try await pager.peek())
        } catch {
            return .failure(Failure(error))
        }
    }

    private func take(_ head: Result<EventLine?, Failure>, of host: Int) {
        switch head {
        case .success(let event?):
            let place = EventPlace(time: event.time, host: host, isReversed: isReversed, after: latest[host])
            latest[host] = place
            places.insert(place)
        case .success(nil): break
        case .failure(let failure): failures.append((pagers[host].client.host.name, failure))
        }
    }
}
