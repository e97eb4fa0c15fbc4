// SPDX-License-Identifier: Apache-2.0

import Fleet
import ServiceLifecycle

/// Keeps the agent in its fleet. It stops after the recorder, so that the last events are forwarded too.
struct FleetService: Service {
    let fleet: AgentFleet
    let clock: any Clock<Duration>
    /// How long the last events may take. What is left is forwarded by the next run.
    var patience: Duration = .seconds(2)

    func run() async throws {
        await withGracefulShutdownHandler {
            await fleet.link.run()
        } onGracefulShutdown: { [fleet, clock, patience] in
            Task {
                await fleet.link.finish()
                try? await clock.sleep(for: patience)
                fleet.link.abandon()
            }
        }
        fleet.reader.close()
    }
}
