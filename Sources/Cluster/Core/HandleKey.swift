// SPDX-License-Identifier: Apache-2.0

import Shared

/// What makes two workers share a socket (Node `lib/internal/cluster/primary.js`, `queryServer`): the
/// address that they ask for and, within one worker, how many times it asked for it before.
struct HandleKey: Hashable, Sendable {
    let address: String?
    let port: Int
    let addressType: AddressType
    let fd: Int?
    let index: Int
    /// The settings name it, for workers to be started with; it is never one that a worker has asked for.
    var isInherited = false

    /// Sent to the worker, which sends it back in `close` and compares it in `newconn`.
    var text: String {
        let source = isInherited ? "inherited" : fd.map(String.init) ?? "undefined"
        return "\(address ?? "null"):\(port):\(addressType):\(source):\(index)"
    }
}
