// SPDX-License-Identifier: Apache-2.0

import LinuxIO
import Shared

extension SpawnRequest {
    /// Tells a program that the sockets are meant for it, and not for what it starts itself.
    static let listenPID = "LISTEN_PID"

    /// Tells a program that may know nothing of clusters what it has been given (sd_listen_fds(3), sd_notify(3)). What
    /// the agent itself was told by whoever started it is not for its workers.
    mutating func introduce(_ settings: ClusterSettings, _ desk: ReadinessDesk) throws(IOError) {
        for name in ["LISTEN_FDS", "LISTEN_FDNAMES", "LISTEN_PID", "NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID"] {
            environment[name] = nil
        }
        // It would not notice the end of its channel.
        deathSignal = (settings.disconnectSignal ?? .terminate).number
        guard !settings.listen.isEmpty else { return }
        environment["LISTEN_FDS"] = "\(settings.listen.count)"
        environment["LISTEN_FDNAMES"] = settings.listen.map(\.name).joined(separator: ":")
        pidVariable = Self.listenPID
        if settings.ready == .notify { environment["NOTIFY_SOCKET"] = try desk.address() }
    }
}
