// SPDX-License-Identifier: Apache-2.0

import Synchronization

/// Where the agent can be reached over TCP, once it listens.
final class ServedAddresses: Sendable {
    private let all = Mutex<[String]?>(nil)

    /// Nil before it listens.
    var urls: [String]? { all.withLock(\.self) }

    /// - Parameter listeners: with the ports that the kernel gave.
    func didListen(_ listeners: [Listener]) {
        all.withLock { $0 = listeners.filter { $0.transport == .tcp }.map(\.description) }
    }
}
