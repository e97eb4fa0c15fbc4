// SPDX-License-Identifier: Apache-2.0

/// The life of the primary script: which signals it gets, and when the agent stops because of it. No process, no clock.
struct PrimaryScriptStateMachine {
    enum Phase: Equatable {
        /// Exits: `running`, `ended`.
        case waiting
        /// Exits: `ending`, `ended`.
        case running
        /// It was told to end, and the agent ends after it. Exits: `ended`.
        case ending
        /// Its process is gone, or must be.
        case ended
    }

    enum Action: Equatable {
        case pass(signal: Int32)
        /// Call `didWait` after the grace.
        case startTimer
        /// The agent stops, and its workers with it.
        case stopAgent
    }

    /// Those that a program may want to hear of.
    enum Request: Equatable {
        /// SIGTERM, SIGINT and SIGQUIT end the agent.
        case end(signal: Int32)
        /// SIGHUP and SIGUSR2 are for the program alone.
        case tell(signal: Int32)
    }

    private(set) var phase = Phase.waiting

    mutating func didStart() {
        if phase == .waiting { phase = .running }
    }

    /// - Returns: nil if the signal is for the agent alone.
    mutating func didReceive(_ request: Request) -> [Action]? {
        switch (phase, request) {
        case (.running, .end(let signal)):
            phase = .ending
            return [.pass(signal: signal), .startTimer]
        case (.running, .tell(let signal)), (.ending, .tell(let signal)): return [.pass(signal: signal)]
        // The second one is for those who do not want to wait any more.
        case (.ending, .end), (.waiting, _), (.ended, .end): return nil
        case (.ended, .tell): return []
        }
    }

    /// The grace is over.
    mutating func didWait() -> [Action] {
        guard phase == .ending else { return [] }
        phase = .ended
        return [.stopAgent]
    }

    mutating func didExit() -> [Action] {
        defer { phase = .ended }
        return phase == .ended ? [] : [.stopAgent]
    }
}
