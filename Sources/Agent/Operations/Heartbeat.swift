// SPDX-License-Identifier: Apache-2.0

/// Ticks a subscription for as long as somebody holds this.
final class Heartbeat: Sendable {
    private let task: Task<Void, Never>

    init(every interval: Duration, clock: any Clock<Duration>, of subscription: Subscription) {
        task = Task { [weak subscription] in
            while (try? await clock.sleep(for: interval)) != nil, let subscription {
                subscription.tick()
            }
        }
    }

    deinit { task.cancel() }
}
