// SPDX-License-Identifier: Apache-2.0

import Glibc

/// What SIGHUP does to an agent that has no certificates to reload.
enum HangupPolicy: Sendable, Equatable {
    /// The terminal is gone, and the agent ends in good order.
    case ends
    /// The agent was started to outlive the terminal (nohup(1)).
    case isIgnored
    /// There is no terminal that could go. The sender means a reload, and there is nothing to reload.
    case hasNoTerminal

    /// The policy that fits how this process was started. Read it before SIGHUP is handled.
    static var inherited: HangupPolicy {
        if SignalDispositions.ignoresHangup { return .isIgnored }
        return hasTerminal ? .ends : .hasNoTerminal
    }

    /// Why the signal does nothing; nil if it ends the agent.
    var excuse: String? {
        switch self {
        case .ends: nil
        case .isIgnored: "the agent was started so that it ignores it"
        case .hasNoTerminal: "the agent has no terminal, and without TLS no certificates to read again"
        }
    }

    /// Whether there is a controlling terminal (tty(4)).
    private static var hasTerminal: Bool {
        let descriptor = open("/dev/tty", O_RDWR | O_NOCTTY | O_CLOEXEC)
        guard descriptor >= 0 else { return false }
        close(descriptor)
        return true
    }
}
