// SPDX-License-Identifier: Apache-2.0

/// Limits how many calls run at once, first come, first served: `--parallel`.
///
/// Hosts that accept and say nothing could take all turns. So while others wait, a call that takes too long goes on
/// without its turn. A call that waits on purpose keeps it.
@TransportActor
final class Gate {
    /// What happens to a call's turn.
    enum Turn {
        case kept
        case lent(Int)
    }

    /// A healthy agent has answered by then.
    private static let patience = Duration.seconds(1)

    private let width: Int
    private let time: Duration
    private var free: Int
    private var waiting: [CheckedContinuation<Void, Never>] = []
    /// The oldest first.
    private var lent: [(number: Int, since: ContinuousClock.Instant)] = []
    private var count = 0
    /// How often all turns must change hands, as far as is known.
    private var rounds = 1
    private var callingBack: Task<Void, Never>?

    /// - Parameters:
    ///   - width: how many turns there are.
    ///   - time: everybody should get a turn within half of it.
    init(width: Int, time: Duration) {
        self.width = width
        self.time = time
        free = width
    }

    /// - Parameter isLasting: whether the call waits on purpose.
    func enter(isLasting: Bool) async -> Turn {
        if free > 0 {
            free -= 1
        } else {
            await withCheckedContinuation { turn in
                waiting.append(turn)
                rounds = max(rounds, 1 + (waiting.count + width - 1) / width)
                callBackWhatLasts()
            }
        }
        if isLasting { return .kept }
        count += 1
        lent.append((count, .now))
        return .lent(count)
    }

    func leave(_ turn: Turn) {
        if case .lent(let number) = turn {
            // It may have lost its turn already.
            guard let index = lent.firstIndex(where: { $0.number == number }) else { return }
            lent.remove(at: index)
        }
        passOn()
    }

    /// Gives the turn to the next in line.
    private func passOn() {
        if waiting.isEmpty { free += 1 } else { waiting.removeFirst().resume() }
    }

    private func callBackWhatLasts() {
        guard callingBack == nil else { return }
        callingBack = TransportTasks.start {
            while !self.waiting.isEmpty {
                let patience = min(Self.patience, self.time / (2 * self.rounds))
                let left = self.lent.first.map { $0.since + patience - .now } ?? patience
                if left > .zero {
                    try? await Task.sleep(for: left)
                } else {
                    self.lent.removeFirst()
                    self.passOn()
                }
            }
            self.callingBack = nil
        }
    }
}
