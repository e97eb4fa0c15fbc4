// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Shared

/// `worker.ready` as people write it: a readiness, or `automatic`.
struct ReadinessChoice: Hashable, Sendable {
    /// Nil for automatic.
    let readiness: WorkerReadiness?

    /// The allowed forms; completes "it must be".
    static let form = "one of " + (["automatic"] + WorkerReadiness.allCases.map(\.rawValue)).joined(separator: ", ")

    init?(_ text: String) {
        readiness = WorkerReadiness(rawValue: text)
        guard readiness != nil || text == "automatic" else { return nil }
    }
}

extension ReadinessChoice: CustomStringConvertible {
    var description: String { readiness?.rawValue ?? "automatic" }
}

extension ReadinessChoice: ExpressibleByArgument {
    init?(argument: String) { self.init(argument) }
}
