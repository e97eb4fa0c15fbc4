// SPDX-License-Identifier: Apache-2.0

internal import ArgumentParser
internal import Shared

/// A length of time on the command line: `300ms`, `10s`, `2m`, `1h`, `7d`. A number without a unit means seconds, as
/// for the agent.
struct DurationArgument: Hashable, Sendable, ExpressibleByArgument {
    var duration: Duration

    init(_ duration: Duration) {
        self.duration = duration
    }

    init?(argument: String) {
        guard let milliseconds = WrittenTime.milliseconds(argument, atMost: WrittenTime.longest), milliseconds > 0
        else {
            return nil
        }
        duration = .milliseconds(milliseconds)
    }

    var defaultValueDescription: String { duration.text }

    /// - Throws: `ValidationError` that says what is allowed.
    static func parse(_ text: String) throws -> DurationArgument {
        if let duration = DurationArgument(argument: text) { return duration }
        throw ValidationError("it must be more than 0 and at most a year, such as 10, 300ms, 2m, 1h, 7d")
    }
}

extension DurationArgument {
    /// Like `parse`, in milliseconds, for times whose 0 means no limit.
    ///
    /// - Throws: `ValidationError` that says what is allowed.
    static func milliseconds(_ text: String) throws -> Int {
        if text == "0" { return 0 }
        if let duration = DurationArgument(argument: text) { return Int(duration.duration.wholeMilliseconds) }
        throw ValidationError("it must be a time of at most a year, such as 500ms, 30s, 5m, 12h, or 0")
    }
}

extension DurationArgument: CustomStringConvertible {
    var description: String { duration.text }
}
