// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Shared

/// `--expires`: how long a token is valid, or until when. A date means its first moment in UTC.
enum Expiry: Hashable, Sendable {
    case after(Age)
    case at(Timestamp)

    func time(from now: Timestamp) -> Timestamp {
        switch self {
        case .after(let age): Timestamp(milliseconds: now.milliseconds + age.milliseconds)
        case .at(let time): time
        }
    }
}

extension Expiry: ExpressibleByArgument {
    /// - Throws: `ValidationError` that says what is allowed.
    static func parse(_ text: String) throws -> Expiry {
        if let expiry = Expiry(argument: text) { return expiry }
        throw ValidationError("it must be an age such as 30d, a date such as 2027-01-01, or 2027-01-01T12:00:00Z")
    }

    init?(argument: String) {
        if let age = Age(argument) {
            self = .after(age)
        } else if let time = Timestamp(argument) ?? Timestamp(argument + "T00:00:00Z") {
            self = .at(time)
        } else {
            return nil
        }
    }
}
