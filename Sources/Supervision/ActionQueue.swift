// SPDX-License-Identifier: Apache-2.0

/// Actions that were not handed out yet, oldest first.
struct ActionQueue: Hashable, Sendable {
    private var actions: [SupervisorAction] = []
    /// Those before it have been handed out.
    private var head = 0

    mutating func append(_ action: SupervisorAction) {
        actions.append(action)
    }

    mutating func next() -> SupervisorAction? {
        guard head < actions.count else { return nil }
        defer {
            head += 1
            if head == actions.count {
                actions.removeAll(keepingCapacity: true)
                head = 0
            }
        }
        return actions[head]
    }

    /// A fork that was not begun need not be.
    mutating func removeFork(_ ticket: ForkTicket.ID) {
        let index = actions[head...].firstIndex { action in
            if case .fork(let fork) = action { fork.id == ticket } else { false }
        }
        if let index { actions.remove(at: index) }
    }
}
