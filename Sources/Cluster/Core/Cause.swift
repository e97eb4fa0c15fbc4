// SPDX-License-Identifier: Apache-2.0

/// Why something is done to a worker.
enum Cause: Hashable, Sendable {
    /// Somebody gave a command.
    case command(requestID: String?)
    /// The supervisor replaces the worker, or wants fewer of them.
    ///
    /// - Parameter requestID: the command behind it, such as a reload.
    case supervision(requestID: String?)
    /// The primary stops, and its workers with it.
    case stop

    var requestID: String? {
        switch self {
        case .command(let requestID), .supervision(let requestID): requestID
        case .stop: nil
        }
    }

    var isSupervision: Bool {
        if case .supervision = self { true } else { false }
    }

    /// Whether somebody meant this worker.
    var isCommand: Bool {
        switch self {
        case .command: true
        case .supervision, .stop: false
        }
    }
}
