// SPDX-License-Identifier: Apache-2.0

import Shared

extension ForkRequest {
    /// How many workers are asked for.
    /// - Throws: `INVALID_FIELD` where it is out of range.
    func checkedCount() throws(ClusterError) -> Int {
        let count = count ?? 1
        guard (1...1000).contains(count) else {
            throw ClusterError(
                .invalidArgument, .invalidField, "field count: it must be from 1 to 1000",
                metadata: ["field": "count"])
        }
        return count
    }
}
