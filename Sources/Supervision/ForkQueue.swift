// SPDX-License-Identifier: Apache-2.0

/// Forks that were asked for and not begun, oldest first.
struct ForkQueue {
    private var tickets: [ForkTicket] = []
    /// Those before it have been taken.
    private var head = 0

    var isEmpty: Bool { head == tickets.count }

    mutating func append(_ ticket: ForkTicket) {
        tickets.append(ticket)
    }

    /// Takes the oldest fork for which somebody still waits, and drops those before it.
    mutating func next(where isAwaited: (ForkTicket.ID) -> Bool) -> ForkTicket? {
        while head < tickets.count {
            let ticket = tickets[head]
            head += 1
            if isAwaited(ticket.id) { return ticket }
        }
        tickets.removeAll(keepingCapacity: true)
        head = 0
        return nil
    }
}
