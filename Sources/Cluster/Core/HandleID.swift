// SPDX-License-Identifier: Apache-2.0

/// Names a bound socket that the driver keeps.
struct HandleID: Hashable, Sendable {
    let rawValue: Int
}
