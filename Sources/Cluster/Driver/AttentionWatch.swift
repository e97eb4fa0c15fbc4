// SPDX-License-Identifier: Apache-2.0

import LinuxIO

/// Looks from time to time whether workers hang, while that can matter. The machine decides what follows.
final class AttentionWatch {
    private var timer: Int?
    private unowned let driver: Driver

    init(driver: Driver) {
        self.driver = driver
    }

    /// Something may have to be watched from now on.
    func begin() {
        guard timer == nil, driver.machine.needsWatch else { return }
        timer = driver.loop.schedule(after: PrimaryStateMachine.watchInterval) { [weak self] in self?.look() }
    }

    private func look() {
        timer = nil
        var report = WatchReport()
        for id in driver.machine.watched where driver.port(of: id)?.process.isStopped == true {
            report.stopped.insert(id)
        }
        report.backlogs = driver.handles.backlogs
        driver.report { $0.didLook(report) }
        begin()
    }

    func end() {
        if let timer { driver.loop.cancel(timer) }
        timer = nil
    }
}
