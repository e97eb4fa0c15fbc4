// SPDX-License-Identifier: Apache-2.0

import Shared

/// The next steps for a worker that was asked to leave and is still there: SIGTERM, then SIGKILL. Either may be
/// missing.
struct EndingLadder {
    enum Step {
        /// A worker with a timer or an open connection pool never ends by a disconnect alone.
        case terminate
        case kill
    }

    typealias Instant = ContinuousClock.Instant

    private struct Deadline {
        let at: Instant
        let cause: Cause
    }

    private var terminate: Deadline?
    private var kill: Deadline?

    /// - Parameter terminates: false for a worker that has got its SIGTERM. Programs treat a second SIGTERM as a demand
    ///   to stop at once.
    init(_ plan: EndingPlan, from now: Instant, terminates: Bool, because cause: Cause) {
        terminate = terminates ? plan.terminateAfter.map { Deadline(at: now + $0, cause: cause) } : nil
        kill = plan.killAfter.map { Deadline(at: now + $0, cause: cause) }
    }

    /// Of two ladders for one worker, the earlier steps count.
    mutating func merge(_ other: EndingLadder) {
        terminate = Self.earlier(terminate, other.terminate)
        kill = Self.earlier(kill, other.kill)
    }

    private static func earlier(_ first: Deadline?, _ second: Deadline?) -> Deadline? {
        guard let first, let second else { return first ?? second }
        return second.at < first.at ? second : first
    }

    /// When it is killed; nil if it never is, or was.
    var killAt: Instant? { kill?.at }

    /// When the next step is due. Nil if all are done.
    var nextAt: Instant? { [terminate?.at, kill?.at].compactMap(\.self).min() }

    /// The step that is due by now, and why. Nil if none is.
    mutating func takeStep(now: Instant) -> (Step, Cause)? {
        if let kill, kill.at <= now {
            // A worker that is killed need not get SIGTERM.
            (terminate, self.kill) = (nil, nil)
            return (.kill, kill.cause)
        }
        if let terminate, terminate.at <= now {
            self.terminate = nil
            return (.terminate, terminate.cause)
        }
        return nil
    }
}

/// How long a leaving worker may take.
package struct EndingPlan: Hashable, Sendable {
    /// The time until SIGTERM. Zero: at once. Nil: it never comes.
    package var terminateAfter: Duration?
    /// The time until SIGKILL. Nil: it never comes.
    package var killAfter: Duration?

    /// How long before the end SIGTERM is sent. If there is less than twice this time, SIGTERM comes after half of it.
    static let terminateAhead = Duration.seconds(2)

    package init(terminateAfter: Duration?, killAfter: Duration?) {
        self.terminateAfter = terminateAfter
        self.killAfter = killAfter
    }

    /// The end by a deadline, with SIGTERM before it.
    init(within limit: Duration?) {
        killAfter = limit
        // With no time in between, SIGKILL would follow SIGTERM at once.
        terminateAfter = limit.flatMap { $0 > .zero ? $0 - min(Self.terminateAhead, $0 / 2) : nil }
    }

    /// Whether the process must end at some time. If not, only its channel must close.
    var endsProcess: Bool { terminateAfter != nil || killAfter != nil }
}
