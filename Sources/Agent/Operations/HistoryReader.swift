// SPDX-License-Identifier: Apache-2.0

import History
import Shared

/// The history for the routes: whatever keeps it from being read is one error to a client.
struct HistoryReader: Sendable {
    /// Nil where it could not be opened.
    let history: History?

    /// - Throws: `HISTORY_UNAVAILABLE` where there is no history or it cannot be read.
    func read<Value: Sendable>(_ body: @escaping @Sendable (History) throws -> Value) async throws -> Value {
        guard let history else { throw Self.unavailable(nil) }
        do {
            return try await history.perform(body)
        } catch let error as ClusterError {
            throw error
        } catch {
            throw Self.unavailable(error)
        }
    }

    private static func unavailable(_ cause: (any Error)?) -> ClusterError {
        ClusterError(
            .unavailable, .historyUnavailable, "the history cannot be read now; see /readyz and the agent's log",
            cause: cause)
    }
}
