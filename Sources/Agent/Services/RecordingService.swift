// SPDX-License-Identifier: Apache-2.0

import ServiceLifecycle

/// Connects the primary with the recorder: events go one way, and whether messages are wanted goes the other way.
struct RecordingService: Service {
    let recorder: EventRecorder
    let broadcaster: EventBroadcaster
    /// Those who follow something else than this agent's events.
    let watchers: [LogWatchers]
    let primary: any ClusterPrimary
    let closer: PrimaryCloser
    /// If true, messages are wanted even if nobody watches.
    var storesMessages = false

    /// At shutdown it closes the primary. That ends the events, and this returns when the last one is stored.
    func run() async throws {
        try await withGracefulShutdownHandler {
            async let demand: Void = passOnDemand()
            defer { endWatches() }
            try await recorder.run()
            endWatches()
            await demand
        } onGracefulShutdown: {
            Task { await closer.close() }
        }
    }

    /// Followers get what there is, and then their streams end.
    private func endWatches() {
        broadcaster.finish()
        for watchers in watchers { watchers.finish() }
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
