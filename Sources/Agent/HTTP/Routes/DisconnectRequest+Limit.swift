// SPDX-License-Identifier: Apache-2.0

import Shared

extension DisconnectRequest {
    /// - Throws: `INVALID_FIELD` if it is out of range.
    static func limit(deadlineMs: Int) throws(ClusterError) -> Duration {
        let allowed = 1...86_400_000
        guard allowed.contains(deadlineMs) else {
            throw ClusterError(
                .invalidArgument, .invalidField,
                "field deadlineMs: it must be from \(allowed.lowerBound) to \(allowed.upperBound)",
                metadata: ["field": "deadlineMs"])
        }
        return .milliseconds(deadlineMs)
    }
}
