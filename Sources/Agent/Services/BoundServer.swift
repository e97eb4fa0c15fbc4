// SPDX-License-Identifier: Apache-2.0

import NIOCore
import Synchronization

/// One server of a listener. Another one replaces it if its socket's file is gone.
final class BoundServer: Sendable {
    private enum State {
        /// Exits: `listening`; `over`.
        case starting
        /// Exits: `over`.
        case listening(any Channel)
        /// It accepts no more. No exit.
        case over(isReplaced: Bool, (any Error)?)
    }

    /// Whether it replaces a server that has listened.
    let replaces: Bool
    private let state = Mutex(State.starting)
    private let (binds, binding) = AsyncStream.makeStream(of: Void.self)

    init(replaces: Bool) {
        self.replaces = replaces
    }

    func didBind(_ channel: any Channel) {
        state.withLock { state in
            if case .starting = state { state = .listening(channel) }
        }
        binding.yield()
    }

    /// - Parameter error: why it ended; nil if it ended by itself.
    func didEnd(_ error: (any Error)?) {
        state.withLock { state in
            if case .over = state { return }
            state = .over(isReplaced: false, error)
        }
        binding.finish()
    }

    /// Accepts no more connections. Open connections are still served.
    func replace() {
        let channel = state.withLock { state -> (any Channel)? in
            guard case .listening(let channel) = state else { return nil }
            state = .over(isReplaced: true, nil)
            return channel
        }
        channel?.close(promise: nil)
    }

    var isReplaced: Bool {
        state.withLock { if case .over(let isReplaced, _) = $0 { isReplaced } else { false } }
    }

    /// Why it ended; nil if it listens, or ended by itself.
    var failure: (any Error)? {
        state.withLock { if case .over(_, let error) = $0 { error } else { nil } }
    }

    /// Waits until it listens. Returns false if it ends first. For one caller.
    func listens() async -> Bool {
        for await _ in binds { return true }
        return false
    }
}
