// SPDX-License-Identifier: Apache-2.0

/// News of the link to the fleet's database that somebody should know.
package enum FleetNotice: Sendable {
    /// The agent is registered and forwards.
    case connected(to: String)
    /// The connection broke or was not made. Events stay in the local history.
    case disconnected(PostgresError)
    /// A gap stands in the central history.
    case gap
    /// The history's partitions could not be looked after. Events are stored all the same.
    case untidy(PostgresError)
}
