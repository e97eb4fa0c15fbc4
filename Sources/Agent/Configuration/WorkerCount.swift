// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Shared

/// `--workers N|max`: how many workers are forked at start.
enum WorkerCount: Hashable, Sendable {
    case exactly(Int)
    /// One per core that the agent may use.
    case max

    /// The allowed forms; completes "it must be".
    static let form = "a number up to 1000, or max"

    /// - Parameter cores: see `AvailableCores`.
    func resolved(cores: Int) -> Int {
        switch self {
        case .exactly(let count): count
        case .max: cores
        }
    }
}

extension WorkerCount: CustomStringConvertible {
    var description: String {
        switch self {
        case .exactly(let count): "\(count)"
        case .max: "max"
        }
    }
}

extension WorkerCount: ExpressibleByArgument {
    /// A larger number is a typing mistake.
    private static let limit = 1000

    init?(argument: String) {
        if argument == "max" {
            self = .max
        } else if let count = Int(digits: argument), (0...Self.limit).contains(count) {
            self = .exactly(count)
        } else {
            return nil
        }
    }
}
