// SPDX-License-Identifier: Apache-2.0

import Logging
import Synchronization

/// Logs lines that strangers cause: a limited number per period, and then one line that counts the others.
final class BoundedLog: Sendable {
    fileprivate struct State {
        /// When the period began.
        var start = Duration.zero
        var written = 0
        var missing = 0
    }

    private let lines: Int
    private let period: Duration
    private let clock: any Clock<Duration>
    private let elapsed: @Sendable () -> Duration
    private let state = Mutex(State())

    init(lines: Int = 50, period: Duration = .seconds(10), clock: any Clock<Duration> = ContinuousClock()) {
        self.lines = lines
        self.period = period
        self.clock = clock
        elapsed = clock.stopwatch()
    }

    func info(_ message: Logger.Message, metadata: Logger.Metadata, to logger: Logger) {
        guard logger.logLevel <= .info else { return }
        let now = elapsed()
        let verdict = state.withLock { $0.take(now, lines: lines, period: period) }
        switch verdict {
        case .written: logger.info(message, metadata: metadata)
        case .firstMissing(let left):
            Task {
                try? await clock.sleep(for: left)
                let end = elapsed()
                let missing = state.withLock { $0.report(end) }
                var log = logger
                log[metadataKey: "requestId"] = nil
                log.info("more lines of unknown callers are not written", metadata: ["lines": "\(missing)"])
            }
        case .missing: break
        }
    }

    fileprivate enum Verdict {
        case written
        /// How long the others are counted.
        case firstMissing(Duration)
        case missing
    }
}

extension BoundedLog.State {
    fileprivate mutating func take(_ now: Duration, lines: Int, period: Duration) -> BoundedLog.Verdict {
        if now - start >= period, missing == 0 {
            start = now
            written = 0
        }
        if written < lines {
            written += 1
            return .written
        }
        missing += 1
        return missing == 1 ? .firstMissing(max(.zero, start + period - now)) : .missing
    }

    /// Begins the next period.
    fileprivate mutating func report(_ now: Duration) -> Int {
        defer { self = BoundedLog.State(start: now) }
        return missing
    }
}
