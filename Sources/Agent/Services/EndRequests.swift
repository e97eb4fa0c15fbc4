// SPDX-License-Identifier: Apache-2.0

import Dispatch
import Synchronization

/// Makes sure that a program that is told to end does end, even if its orderly end is stuck.
final class EndRequests: Sendable {
    /// Thrown if the program was told to end before it served.
    struct Interruption: Error {}

    private enum Phase {
        /// Exits: `serving`.
        case starting
        case serving
    }

    private struct State {
        var phase = Phase.starting
        /// How often the program was told to end.
        var count = 0
    }

    /// How long a step of the start may take after the program was told to end. A disk may never answer.
    private static let startPatience = DispatchTimeInterval.seconds(3)
    /// How long the end may take after a second signal.
    private static let endPatience = DispatchTimeInterval.seconds(5)

    private let state = Mutex(State())

    /// Call it between two steps of the start.
    /// - Throws: `Interruption` if the program was told to end.
    func checkStart() throws(Interruption) {
        if state.withLock({ $0.count > 0 }) { throw Interruption() }
    }

    /// From here on the consumer of the signals obeys the first request.
    func didStart() {
        state.withLock { $0.phase = .serving }
    }

    /// - Parameter signal: the signal that asks for the end.
    func didCome(by signal: Int32) {
        let (phase, count) = state.withLock { state in
            state.count += 1
            return (state.phase, state.count)
        }
        switch (phase, count) {
        case (.starting, 1):
            LastResort.exit(128 + signal, after: Self.startPatience) { [weak self] in
                self?.state.withLock { $0.phase == .starting } ?? false
            }
        case (.serving, 1): break
        case (.serving, 2): LastResort.exit(128 + signal, after: Self.endPatience)
        default: LastResort.exit(128 + signal, after: .seconds(0))
        }
    }
}
