// SPDX-License-Identifier: Apache-2.0

import LinuxIO
import Logging
import Shared

/// Hears from programs when they are ready (sd_notify(3)).
///
/// Only what the worker's own process says counts, as with systemd's NotifyAccess=main: no worker can speak for another,
/// and the kernel vouches for who speaks.
final class ReadinessDesk: NotifySocket.Delegate {
    private var socket: NotifySocket?
    /// How much anybody on the machine can make the log say.
    private var logLines = Allowance(burst: 20, perSecond: 1)
    private unowned let driver: Driver

    init(driver: Driver) {
        self.driver = driver
    }

    /// What NOTIFY_SOCKET is set to. The socket is made when it is first wanted.
    func address() throws(IOError) -> String {
        if let socket { return socket.name }
        let socket = try NotifySocket(loop: driver.loop, delegate: self)
        self.socket = socket
        return socket.name
    }

    /// Reads the messages so far.
    func drain() {
        socket?.drain()
    }

    func close() {
        socket?.close()
        socket = nil
    }

    func notifySocket(_ socket: NotifySocket, didReceive bytes: UnsafeRawBufferPointer, from sender: Int32) {
        let notification = ServiceNotification(bytes)
        guard let worker = driver.worker(pid: sender) else {
            guard logLines.take(at: .now) else { return }
            return driver.logger.info(
                "ignored the notification of a process that is not a worker", metadata: ["pid": "\(sender)"])
        }
        if let status = notification.status, logLines.take(at: .now) {
            driver.logger.debug("worker's status", metadata: ["worker": "\(worker)", "status": "\(status)"])
        }
        guard notification.isReady else { return }
        driver.report { $0.didBecomeReady(worker, at: .now) }
        driver.notify(.notifiedReady(worker))
    }
}
