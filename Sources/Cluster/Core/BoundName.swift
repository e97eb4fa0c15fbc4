// SPDX-License-Identifier: Apache-2.0

/// Where a TCP or UDP socket really is, in Node's words.
struct BoundName: Hashable, Sendable {
    /// `IPv4` or `IPv6`
    let family: String
    let address: String
    let port: Int
}
