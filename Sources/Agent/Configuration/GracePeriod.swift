// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Shared

/// `--grace`: a time of at most a day.
struct GracePeriod: Hashable, Sendable {
    let duration: Duration

    /// The allowed forms; completes "it must be".
    static let form = "a time up to a day, such as 10, 500ms, 1m"
    /// Less than the 10 seconds after which `docker stop` kills.
    static let standard = GracePeriod(duration: .seconds(8))
    /// A day. A longer time is a typing mistake.
    private static let longest = 86_400_000
}

extension GracePeriod: CustomStringConvertible {
    var description: String { "\(duration / .milliseconds(1))".prefix { $0 != "." } + "ms" }
}

extension GracePeriod: ExpressibleByArgument {
    init?(argument: String) {
        guard let milliseconds = WrittenTime.milliseconds(argument, atMost: Self.longest) else { return nil }
        duration = .milliseconds(milliseconds)
    }
}
