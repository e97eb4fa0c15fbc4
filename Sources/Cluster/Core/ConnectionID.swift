// SPDX-License-Identifier: Apache-2.0

/// Names an accepted connection that the driver keeps.
struct ConnectionID: Hashable, Sendable {
    let rawValue: UInt64
}
