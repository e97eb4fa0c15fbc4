// SPDX-License-Identifier: Apache-2.0

/// Names a listener of a worker.
struct ListenerID: Hashable, Sendable {
    let rawValue: Int
}
