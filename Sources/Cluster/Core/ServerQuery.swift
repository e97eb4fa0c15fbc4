// SPDX-License-Identifier: Apache-2.0

import Shared

/// A worker's wish to listen: `queryServer`.
struct ServerQuery: Hashable, Sendable {
    /// `UV_TCP_IPV6ONLY` and `UV_UDP_IPV6ONLY` (uv.h).
    static let ipv6Only = 1
    /// `UV_UDP_REUSEADDR` (uv.h).
    static let reuseAddress = 4

    /// Names the message in the answer.
    let sequence: Int
    let key: HandleKey
    let flags: Int
    let backlog: Int?
    let readableAll: Bool
    let writableAll: Bool
    /// What the worker wants all sharers to get, such as TLS ticket keys. Opaque.
    let data: JSONValue?
}

/// The answer to a `ServerQuery`.
struct ServerReply: Hashable, Sendable {
    /// The query's sequence.
    let acknowledged: Int
    let key: String
    /// Zero for success, otherwise an errno.
    let errno: Int32
    let data: JSONValue?
    let name: BoundName?
}
