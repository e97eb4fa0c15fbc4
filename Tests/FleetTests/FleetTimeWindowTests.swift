// SPDX-License-Identifier: Apache-2.0

import Shared
import TestSupport
import Testing

@testable import Fleet

/// In which parts of time a page is looked for.
struct FleetTimeWindowTests {
    private func time(_ day: Int64, _ milliseconds: Int64 = 0) -> Timestamp {
        Timestamp(milliseconds: day * 86_400_000 + milliseconds)
    }

    private func windows(
        descending: Bool, since: Timestamp? = nil, until: Timestamp? = nil, after place: Timestamp? = nil,
        partitions: ClosedRange<Int64>? = 20_000...20_053
    ) -> [FleetTimeWindow] {
        var query = FleetEventQuery()
        (query.isDescending, query.since, query.until) = (descending, since, until)
        query.position = place.map { FleetPosition(time: $0, agent: 1, seq: 1) }
        return FleetTimeWindow.windows(of: query, partitions: partitions)
    }

    @Test func `the newest day comes first and each further window is four times as long`() {
        #expect(
            windows(descending: true) == [
                FleetTimeWindow(since: time(20_050), until: nil),
                FleetTimeWindow(since: time(20_046), until: time(20_050)),
                FleetTimeWindow(since: time(20_030), until: time(20_046)),
                FleetTimeWindow(since: nil, until: time(20_030)),
            ])
        #expect(
            windows(descending: false).prefix(3) == [
                FleetTimeWindow(since: nil, until: time(20_001)),
                FleetTimeWindow(since: time(20_001), until: time(20_005)),
                FleetTimeWindow(since: time(20_005), until: time(20_021)),
            ])
    }

    @Test func `a page goes on at its place`() {
        let place = time(20_040, 77)
        let backwards = windows(descending: true, after: place)
        #expect(backwards[0] == FleetTimeWindow(since: time(20_040), until: time(20_040, 78)))
        let forwards = windows(descending: false, after: place)
        #expect(forwards[0] == FleetTimeWindow(since: place, until: time(20_041)))
    }

    @Test func `what is asked for is never left`() {
        let (since, until) = (time(20_010, 5), time(20_012, 9))
        for isDescending in [true, false] {
            let windows = windows(descending: isDescending, since: since, until: until)
            #expect(windows.compactMap(\.since).min() == since && windows.compactMap(\.until).max() == until)
            #expect(windows.count == 2)
        }
        #expect(windows(descending: true, partitions: nil) == [FleetTimeWindow(since: nil, until: nil)])
        #expect(
            windows(descending: true, since: until, until: since) == [FleetTimeWindow(since: until, until: since)])
    }

    @Test func `windows follow each other whatever is asked`() {
        var random = SeededGenerator(seed: 7)
        let odd: [Int64] = [.min, .max, 0, -1]
        for _ in 0..<5000 {
            func moment() -> Timestamp? {
                switch Int.random(in: 0..<8, using: &random) {
                case 0..<4: nil
                case 4: odd.randomElement(using: &random).map(Timestamp.init(milliseconds:))
                default: time(.random(in: 19_990...20_070, using: &random), .random(in: 0..<86_400_000, using: &random))
                }
            }
            let first = Int64.random(in: 19_995...20_020, using: &random)
            let partitions =
                Bool.random(using: &random) ? first...first + Int64.random(in: 0...40, using: &random) : nil
            let isDescending = Bool.random(using: &random)
            let found = windows(
                descending: isDescending, since: moment(), until: moment(), after: moment(), partitions: partitions)
            #expect(!found.isEmpty && found.count < 8)
            let ordered = isDescending ? found.reversed() : found
            for (one, next) in zip(ordered, ordered.dropFirst()) {
                #expect(one.until == next.since && one.until != nil)
            }
        }
    }
}
