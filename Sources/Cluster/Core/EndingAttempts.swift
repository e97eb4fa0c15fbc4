// SPDX-License-Identifier: Apache-2.0

import Shared

/// What was done to a worker that may end it, and why. The way in which it ends tells which of these was the cause.
struct EndingAttempts {
    enum Means: Hashable {
        /// It was told to disconnect, by a message or a signal.
        case disconnect
        /// The agent closed its channel.
        case closeChannel
        case signal(Signal)
    }

    /// At most one for each means. The newest is last.
    private var attempts: [(means: Means, cause: Cause)] = []

    mutating func note(_ means: Means, because cause: Cause) {
        attempts.removeAll { $0.means == means }
        attempts.append((means, cause))
    }

    func has(_ means: Means) -> Bool {
        attempts.contains { $0.means == means }
    }

    /// Nil if nothing that was done ends a process in this way: it crashed, or ended by itself.
    func cause(of outcome: ProcessOutcome) -> Cause? {
        attempts.last { outcome.mayComeOf($0.means) }?.cause
            ?? (outcome.signal == Signal.kill.number ? causeOfStop : nil)
    }

    /// Only SIGKILL ends a stopped process. So the stop counts as the cause.
    private var causeOfStop: Cause? {
        let last = attempts.last { $0.means == .signal(.stop) || $0.means == .signal(.resume) }
        return last?.means == .signal(.stop) ? last?.cause : nil
    }

    /// The channel usually closes before the process has ended, so nobody knows yet how it will.
    var causeOfChannelEnd: Cause? {
        attempts.last { attempt in
            switch attempt.means {
            case .disconnect, .closeChannel: true
            case .signal(let signal): signal == .kill || signal.asksToEnd
            }
        }?.cause
    }
}

extension ProcessOutcome {
    fileprivate func mayComeOf(_ means: EndingAttempts.Means) -> Bool {
        switch means {
        case .disconnect, .closeChannel:
            return code == 0
        case .signal(let cause):
            if let signal { return signal == cause.number }
            // A program that handles the signal exits with this code, or ends as if it had nothing left to do.
            return code == 128 + cause.number || (code == 0 && cause.asksToEnd)
        }
    }
}

extension Signal {
    /// A program that handles one of these signals ends. Other signals do not mean the end: at SIGHUP, many programs
    /// read their settings again.
    var asksToEnd: Bool {
        self == .terminate || self == .interrupt || self == .quit
    }
}
