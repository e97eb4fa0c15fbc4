// SPDX-License-Identifier: Apache-2.0

import History
import Shared

/// The history for the routes. Whatever keeps it from being read is the same error for a client.
struct HistoryReader: Sendable {
    let history: History

    /// - Throws: `HISTORY_UNAVAILABLE` if it cannot be read.
    func read<Value: Sendable>(_ body: @escaping @Sendable (History) throws -> Value) async throws -> Value {
        do {
            return try await history.perform(body)
        } catch let error as ClusterError {
            throw error
        } catch {
            throw ClusterError(
                .unavailable, .historyUnavailable, "the history cannot be read now; see /readyz and the agent's log",
                cause: error)
        }
    }
}
