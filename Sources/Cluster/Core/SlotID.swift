// SPDX-License-Identifier: Apache-2.0

/// Names one of the sockets that share a port, within one handle.
struct SlotID: Hashable, Sendable {
    let rawValue: Int
}
