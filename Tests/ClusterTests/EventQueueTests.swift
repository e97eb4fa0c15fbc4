// SPDX-License-Identifier: Apache-2.0

import Shared
import Testing

@testable import Cluster

@Suite(.timeLimit(.minutes(1))) struct EventQueueTests {
    private func event(_ number: UInt64, _ kind: PrimaryEvent.Kind = .online) -> PrimaryEvent {
        PrimaryEvent(
            number: number, time: Timestamp(milliseconds: Int64(number)), worker: nil, requestID: nil, kind: kind)
    }

    private func message(_ number: UInt64) -> PrimaryEvent {
        event(number, .message(WorkerMessage(json: Array("1".utf8))))
    }

    @Test func `waiting items are read in order, also after the end`() async {
        let queue = EventQueue(capacity: 10)
        for number in 1...5 { #expect(queue.offer(event(UInt64(number)))) }
        queue.finish()
        var numbers: [UInt64] = []
        for await event in PrimaryEvents(queue) { numbers.append(event.number) }
        #expect(numbers == [1, 2, 3, 4, 5])
    }

    @Test func `a waiting consumer gets the next item`() async {
        let queue = EventQueue(capacity: 10)
        async let first = PrimaryEvents(queue).first { _ in true }
        await Task.yield()
        _ = queue.offer(event(7))
        #expect(await first?.number == 7)
    }

    @Test func `a cancelled consumer stops waiting`() async {
        let queue = EventQueue(capacity: 10)
        let reading = Task { for await _ in PrimaryEvents(queue) {} }
        await Task.yield()
        reading.cancel()
        await reading.value
    }

    @Test func `messages leave room for what happens to workers, and messages without room become a gap`() async {
        let queue = EventQueue(capacity: 6)
        for number in 1...100 { #expect(queue.offer(message(UInt64(number)))) }
        #expect(queue.offer(event(101)) && queue.offer(event(102)))
        #expect(!queue.offer(event(103)), "there is no room")
        queue.finish()
        var read: [PrimaryEvent] = []
        for await event in PrimaryEvents(queue) { read.append(event) }
        #expect(read.map(\.number) == [1, 2, 3, 100, 101, 102])
        guard case .messagesLost(let count, let since, _) = read[3].kind else {
            Issue.record("no gap")
            return
        }
        #expect(count == 97 && since == Timestamp(milliseconds: 4))
    }

    @Test func `large messages wait only if they fit, and a single larger one waits alone`() async {
        let queue = EventQueue(capacity: 1000)
        func large(_ number: UInt64, _ size: Int) -> PrimaryEvent {
            event(number, .message(WorkerMessage(json: [UInt8](repeating: 0x31, count: size))))
        }
        #expect(queue.offer(large(1, 100 << 20)))
        #expect(queue.offer(large(2, 1)) && queue.offer(event(3)))
        var events = PrimaryEvents(queue).makeAsyncIterator()
        for expected in [1, 2, 3] { #expect(await events.next()?.number == UInt64(expected)) }
        for number in 4...9 { #expect(queue.offer(large(UInt64(number), 30 << 20))) }
        queue.finish()
        var numbers: [UInt64] = []
        while let event = await events.next() { numbers.append(event.number) }
        #expect(numbers == [4, 5, 9])
    }

    @Test func `news of unreadable messages leave room too`() async {
        let queue = EventQueue(capacity: 6)
        let lost = PrimaryEvent.Kind.messagesLost(count: 1, since: Timestamp(milliseconds: 1), because: "too deep")
        for number in 1...100 { #expect(queue.offer(event(UInt64(number), lost))) }
        #expect(queue.offer(event(101)))
    }

    @Test func `messages are shown again as soon as there is room`() async {
        let queue = EventQueue(capacity: 4)
        for number in 1...10 { _ = queue.offer(message(UInt64(number))) }
        var events = PrimaryEvents(queue).makeAsyncIterator()
        for expected in [1, 2, 10] { #expect(await events.next()?.number == UInt64(expected)) }
        _ = queue.offer(message(11))
        guard case .message = await events.next()?.kind else {
            Issue.record("the message is not shown")
            return
        }
    }
}
