// SPDX-License-Identifier: Apache-2.0

import ServiceLifecycle

/// What goes between the primary and those who watch: events one way, whether messages are wanted the other.
struct RecordingService: Service {
    let recorder: EventRecorder
    let broadcaster: EventBroadcaster
    let primary: any ClusterPrimary
    let closer: PrimaryCloser
    /// Then they are wanted whether somebody watches or not.
    var storesMessages = false

    /// At shutdown it closes the primary, which ends the events, and returns when the last of them is stored.
    func run() async throws {
        try await withGracefulShutdownHandler {
            async let demand: Void = passOnDemand()
            defer { broadcaster.finish() }
            try await recorder.run()
            broadcaster.finish()
            await demand
        } onGracefulShutdown: {
            Task { await closer.close() }
        }
    }

    private func passOnDemand() async {
        if storesMessages { return await passOn(.last(isWanted: true)) }
        for await demand in broadcaster.demands { await passOn(demand) }
    }

    private func passOn(_ demand: EventBroadcaster.Demand) async {
        await primary.publishMessages(demand.isWanted)
        broadcaster.didPassOn(demand)
    }
}
