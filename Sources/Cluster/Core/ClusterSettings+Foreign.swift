// SPDX-License-Identifier: Apache-2.0

import Shared

extension ClusterSettings {
    /// Whether workers get a channel.
    var hasChannel: Bool { listen.isEmpty || channel }

    /// Whether the workers' program may know nothing of clusters. Then it gets its sockets at its start, or a signal of
    /// its own tells it to leave.
    var isForeign: Bool { !listen.isEmpty || disconnectSignal != nil }
}
