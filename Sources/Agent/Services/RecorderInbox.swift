// SPDX-License-Identifier: Apache-2.0

import Synchronization

/// What the recorder's producers have left for its writer. It is bounded and offering never waits.
final class RecorderInbox: Sendable {
    /// What the writer finds.
    struct Taken {
        /// What was lost before `items`, because the writer was stuck.
        var gap: RecorderGap?
        var items: [RecorderItem] = []
        var retryIsDue = false
    }

    private struct State {
        var taken = Taken()
        var isFinished = false
    }

    /// Yields when there is something to take; ends after ``finish()``.
    let wakeups: AsyncStream<Void>
    private let wake: AsyncStream<Void>.Continuation
    private let state = Mutex(State())
    private let capacity: Int

    init(capacity: Int) {
        self.capacity = capacity
        (wakeups, wake) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    /// - Returns: false after ``finish()``.
    func offer(_ item: RecorderItem) -> Bool {
        let accepted = state.withLock { state in
            guard !state.isFinished else { return false }
            if state.taken.items.count >= capacity { state.taken.makeRoom(capacity) }
            state.taken.items.append(item)
            return true
        }
        if accepted { wake.yield() }
        return accepted
    }

    /// True while the writer has not taken anything for so long that items were lost.
    var isOverrun: Bool { state.withLock { $0.taken.gap != nil } }

    /// How many wait for the writer.
    var count: Int { state.withLock { $0.taken.items.count } }

    func retryIsDue() {
        state.withLock { $0.taken.retryIsDue = true }
        wake.yield()
    }

    func take() -> Taken {
        state.withLock { state in
            defer { state.taken = Taken() }
            return state.taken
        }
    }

    /// Accepts nothing more.
    func finish() {
        state.withLock { $0.isFinished = true }
        wake.finish()
    }
}

extension RecorderInbox.Taken {
    /// An eighth at a time, so that an item is moved only a few times while it waits.
    fileprivate mutating func makeRoom(_ capacity: Int) {
        let lost = items.prefix(max(1, capacity / 8))
        if let new = RecorderGap(lost, because: "the history took too long") { gap = gap?.joined(with: new) ?? new }
        items.removeFirst(lost.count)
    }
}
