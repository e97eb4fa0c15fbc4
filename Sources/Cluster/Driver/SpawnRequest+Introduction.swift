// SPDX-License-Identifier: Apache-2.0

import LinuxIO
import Shared

extension SpawnRequest {
    /// Tells a program that the sockets are for it, and not for programs that it starts.
    static let listenPID = "LISTEN_PID"

    /// The variables of a service manager (sd_listen_fds(3), sd_notify(3), sd_watchdog_enabled(3)). Workers do not get
    /// this process's own: the manager would believe a worker that answers in its place.
    static let serviceVariables: Set = [
        "LISTEN_FDS", "LISTEN_FDNAMES", listenPID, "NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID",
    ]

    /// Tells a program that may know nothing of clusters what it has got, like a service manager.
    mutating func introduce(_ settings: ClusterSettings) {
        // A silent worker does not notice the end of its channel.
        deathSignal = (settings.disconnectSignal ?? .terminate).number
        guard !settings.listen.isEmpty else { return }
        environment["LISTEN_FDS"] = "\(settings.listen.count)"
        environment["LISTEN_FDNAMES"] = settings.listen.map(\.name).joined(separator: ":")
        pidVariable = Self.listenPID
    }
}
