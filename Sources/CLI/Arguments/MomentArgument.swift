// SPDX-License-Identifier: Apache-2.0

internal import ArgumentParser
internal import Shared

/// A moment on the command line: RFC 3339, a date (its first moment in UTC), or an age such as `15m`.
///
/// An age becomes a time once, here, so that it means the same moment for all hosts and all pages.
struct MomentArgument: Hashable, Sendable, ExpressibleByArgument {
    var time: Timestamp

    init?(argument: String) {
        self.init(argument, now: .now)
    }

    /// - Throws: `ValidationError` that says what is allowed.
    static func parse(_ text: String) throws -> MomentArgument {
        if let moment = MomentArgument(argument: text) { return moment }
        throw ValidationError("it must be an age such as 15m, a date such as 2027-01-01, or 2027-01-01T12:00:00Z")
    }

    init?(_ argument: String, now: Timestamp) {
        guard let time = WrittenMoment.time(argument, now: now) else { return nil }
        self.time = time
    }
}
