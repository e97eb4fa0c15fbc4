// SPDX-License-Identifier: Apache-2.0

import Logging
import Shared
import Testing

@testable import Cluster

@Suite(.timeLimit(.minutes(1))) struct EventHubTests {
    private let hub = EventHub(logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })

    private func publish(_ numbers: ClosedRange<UInt64>) {
        for number in numbers {
            hub.publish(
                PrimaryEvent(
                    number: number, time: Timestamp(milliseconds: 0), worker: nil, requestID: nil, kind: .online))
        }
    }

    private static func numbers(_ events: PrimaryEvents) async -> [UInt64] {
        var numbers: [UInt64] = []
        for await event in events { numbers.append(event.number) }
        return numbers
    }

    @Test func `each consumer gets all events from its beginning on`() async {
        publish(1...2)
        let second = hub.subscribe(capacity: 10)
        publish(3...4)
        let third = hub.subscribe(capacity: 10)
        publish(5...5)
        hub.close()
        #expect(await Self.numbers(hub.events) == [1, 2, 3, 4, 5])
        #expect(await Self.numbers(second) == [3, 4, 5])
        #expect(await Self.numbers(third) == [5])
    }

    @Test func `a slow consumer loses only events of its own, and they are counted`() async {
        let slow = hub.subscribe(capacity: 2)
        let other = hub.subscribe(capacity: 10)
        publish(1...5)
        hub.close()
        #expect(slow.lost == 3 && other.lost == 0 && hub.events.lost == 0)
        #expect(await Self.numbers(slow) == [1, 2])
        #expect(await Self.numbers(other) == [1, 2, 3, 4, 5])
    }

    @Test func `after the end a new consumer gets nothing and ends`() async {
        hub.close()
        #expect(await Self.numbers(hub.subscribe(capacity: 10)) == [])
    }
}
