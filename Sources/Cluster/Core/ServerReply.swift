// SPDX-License-Identifier: Apache-2.0

import Shared

/// The answer to a `ServerQuery`.
struct ServerReply: Hashable, Sendable {
    /// The query's sequence.
    let acknowledged: Int
    let key: String
    /// Zero where all is well, else an errno.
    let errno: Int32
    let data: JSONValue?
    let name: BoundName?
}
