// SPDX-License-Identifier: Apache-2.0

internal import HeapModule

/// The histories of several hosts as one, by time. Of each host the events keep their order,
/// whatever its clock did; a host that fails is left out from then on.
@TransportActor
final class EventMerger {
    private let pagers: [EventPager]
    private let isReversed: Bool
    private var places = Heap<EventPlace>()
    /// Each host's last.
    private var latest: [Int: EventPlace] = [:]
    /// Of whom an event was taken. Its next one is looked at only if one is asked for: to look may mean to fetch a page.
    private var due: Int?
    private(set) var failures: [(host: String, failure: Failure)] = []

    init(_ pagers: [EventPager], isReversed: Bool) {
        self.pagers = pagers
        self.isReversed = isReversed
    }

    /// Fetches all first pages at once. To be called once, before `next`.
    func start() async {
        let pagers = pagers
        let heads = await concurrently(Array(pagers.indices)) { await Self.head(pagers[$0]) }
        for (index, head) in heads.enumerated() { take(head, of: index) }
    }

    /// Nil when all hosts are through.
    func next() async -> (host: String, event: EventLine)? {
        if let host = due {
            due = nil
            take(await Self.head(pagers[host]), of: host)
        }
        while let place = places.popMin() {
            let pager = pagers[place.host]
            // Still there: it was seen when the place was made.
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
            return .failure((error as? Failure) ?? Failure(kind: .refused, message: "\(error)"))
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
