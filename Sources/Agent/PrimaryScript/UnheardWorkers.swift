// SPDX-License-Identifier: Apache-2.0

import Cluster

/// Says once what to try if a program seems to wait for its primary half: its workers run and none listens, or they send
/// messages that nobody reads.
actor UnheardWorkers {
    /// What was noticed.
    enum Finding: String {
        case notListening = "workers are online and none listens"
        case unreadMessages = "workers send messages that nobody reads"
    }

    /// How long the first worker may take to listen.
    static let patience: Duration = .seconds(5)

    private let clock: any Clock<Duration>
    private let say: @Sendable (Finding) -> Void
    private var isWaiting = false
    private var hasListened = false
    private var hasSpoken = false

    /// - Parameter say: called once at most.
    init(clock: any Clock<Duration>, say: @escaping @Sendable (Finding) -> Void) {
        self.clock = clock
        self.say = say
    }

    func note(_ event: PrimaryEvent) {
        switch event.kind {
        case .online where !isWaiting:
            isWaiting = true
            Task { [clock] in
                try? await clock.sleep(for: Self.patience)
                didWait()
            }
        case .listening: hasListened = true
        default: break
        }
    }

    func noteUnreadMessage() {
        tell(.unreadMessages)
    }

    private func didWait() {
        if !hasListened { tell(.notListening) }
    }

    private func tell(_ finding: Finding) {
        guard !hasSpoken else { return }
        hasSpoken = true
        say(finding)
    }
}
