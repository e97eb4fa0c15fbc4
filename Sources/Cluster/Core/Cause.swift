// SPDX-License-Identifier: Apache-2.0

/// Why something is done to a worker.
enum Cause: Hashable, Sendable {
    /// Somebody gave a command.
    case command(requestID: String?)
    /// The primary stops, and its workers with it.
    case stop

    var requestID: String? {
        switch self {
        case .command(let requestID): requestID
        case .stop: nil
        }
    }
}
