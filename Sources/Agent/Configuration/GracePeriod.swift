// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Shared

/// `--grace`: seconds, or a number with `ms`, `s` or `m`.
struct GracePeriod: Hashable, Sendable {
    let duration: Duration

    /// The allowed forms; completes "it must be".
    static let form = "a time up to a day, such as 10, 500ms, 1m"
    /// Less than the 10 seconds after which `docker stop` kills.
    static let standard = GracePeriod(duration: .seconds(8))
    /// A day. More is a slip of the hand.
    private static let longest = 86_400_000
}

extension GracePeriod: CustomStringConvertible {
    var description: String { "\(duration / .milliseconds(1))".prefix { $0 != "." } + "ms" }
}

extension GracePeriod: ExpressibleByArgument {
    init?(argument: String) {
        let units = [("ms", 1), ("s", 1000), ("m", 60_000), ("", 1000)]
        guard let (suffix, factor) = units.first(where: { argument.hasSuffix($0.0) }),
            let number = Int(digits: argument.dropLast(suffix.count))
        else { return nil }
        let (milliseconds, overflow) = number.multipliedReportingOverflow(by: factor)
        guard !overflow, milliseconds <= Self.longest else { return nil }
        duration = .milliseconds(milliseconds)
    }
}
