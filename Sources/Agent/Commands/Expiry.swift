// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Shared

/// `--expires`: how long a token is valid, or until when.
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
    init?(argument: String) {
        if let age = Age(argument) {
            self = .after(age)
        } else if let time = Timestamp(argument) {
            self = .at(time)
        } else {
            return nil
        }
    }
}
