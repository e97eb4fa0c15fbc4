// SPDX-License-Identifier: Apache-2.0

import Glibc
import ServiceLifecycle
import Shared

/// Tells the service manager how the agent is, from the start to the end.
///
/// The primary's thread answers before each sign of life. If that thread hangs, the manager's watchdog ends the agent.
struct NotificationService: Service {
    let manager: ServiceManager
    let supervisor: any ClusterSupervisor
    let phase: AgentPhase
    let grace: Duration
    let clock: any Clock<Duration>

    /// The time between two looks while the workers start, because other services may wait for this one.
    private static let pauseAtStart = Duration.milliseconds(100)
    private static let longestPause = Duration.seconds(1)

    func run() async throws {
        await cancelWhenGracefulShutdown { await tellUntilCancelled() }
    }

    private func tellUntilCancelled() async {
        var report = ServiceReport()
        // One for each second. If the end takes longer, something hangs, and the manager may kill the agent.
        var extensions = Int(grace.components.seconds) + 10
        repeat {
            if phase.current == .stopping {
                if extensions > 0 { manager.send(ServiceReport.draining) }
                extensions -= 1
            } else {
                await tell(&report)
            }
        } while await pause(report)
    }

    private func tell(_ report: inout ServiceReport) async {
        let seen = ServiceReport.Observation(
            hasStarted: phase.current == .ready, status: await supervisor.status,
            instances: report.isStarting ? await supervisor.instances : [],
            isReloading: await supervisor.recentOperations.contains { $0.kind == .reload && !$0.done })
        // The end may have begun meanwhile, and nothing may follow STOPPING=1.
        guard phase.current != .stopping else { return }
        var next = report
        let lines =
            next.lines(for: seen, microseconds: Self.microseconds) + (manager.watchdog == nil ? [] : ["WATCHDOG=1"])
        // What the manager did not take is said again.
        if lines.isEmpty || manager.send(lines) { report = next }
    }

    /// False if there is nothing more to tell.
    private func pause(_ report: ServiceReport) async -> Bool {
        (try? await clock.sleep(for: length(of: report))) != nil
    }

    private func length(of report: ServiceReport) -> Duration {
        // The manager's watchdog does not watch the end (systemd.service(5)).
        if phase.current == .stopping { return Self.longestPause }
        return min(report.isStarting ? Self.pauseAtStart : Self.longestPause, (manager.watchdog ?? .seconds(3)) / 3)
    }

    private static var microseconds: Int64 {
        var now = timespec()
        clock_gettime(CLOCK_MONOTONIC, &now)
        return Int64(now.tv_sec) * 1_000_000 + Int64(now.tv_nsec) / 1000
    }
}
