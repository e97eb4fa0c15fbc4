// SPDX-License-Identifier: Apache-2.0

import Shared

/// What the primary answers to a worker's question.
struct PrimaryAnswer: Hashable, Sendable {
    /// The sequence of the question.
    let acknowledged: Int
    /// Zero for success, otherwise an errno.
    var errno: Int32 = 0
    /// Names the socket from now on; nil if the question was not for one.
    var key: String?
    /// Where the socket really is; nil for a unix socket and for one that comes along.
    var name: BoundName?
}
