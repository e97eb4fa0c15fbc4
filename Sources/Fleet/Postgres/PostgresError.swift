// SPDX-License-Identifier: Apache-2.0

/// Why PostgreSQL did not do something.
package struct PostgresError: Error, Hashable, Sendable {
    /// What can be done about it.
    package enum Kind: Hashable, Sendable {
        /// There is no connection, or it broke. Nobody knows whether the last statement was done.
        case connection
        /// No answer came in time. The connection is given up.
        case timeout
        /// The server does not let this user in, or has no such database.
        case refused
        /// The user lacks a right on the fleet's tables.
        case forbidden
        /// The server takes no writes: it is a standby, or was told so.
        case readOnly
        /// The server has no room: disk, memory or connections.
        case full
        /// The values of the statement are at fault. The same values fail again.
        case data
        /// Another transaction was in the way. The same statement may succeed next time.
        case conflict
        /// The server or the database is not one that this program can use.
        case unsuitable
        /// What was asked for is no longer there.
        case expired
        /// Anything else that the server answers.
        case other
        /// The connection was closed by this program.
        case closed
        /// Not the database's fault: the agent's own history cannot be read.
        case local
    }

    package let kind: Kind
    /// PostgreSQL's own code. Nil if the server did not answer.
    package let state: String?
    /// What libpq or the server says. It never has the password.
    package let message: String

    package init(_ kind: Kind, _ message: String, state: String? = nil) {
        self.kind = kind
        self.message = message
        self.state = state
    }

    /// An error that the server reports.
    /// - Parameter state: see https://www.postgresql.org/docs/current/errcodes-appendix.html
    package init(state: String, message: String) {
        self.init(Self.kind(of: state), message, state: state)
    }

    private static func kind(of state: String) -> Kind {
        switch (state.prefix(2), state) {
        case (_, "57014"): .timeout
        case (_, "42501"): .forbidden
        case (_, "25006"): .readOnly
        case (_, "55P03"): .conflict
        case ("08", _), ("57", _): .connection
        case ("28", _), ("3D", _): .refused
        case ("53", _), ("58", _): .full
        case ("22", _), ("23", _), ("54", _): .data
        case ("40", _): .conflict
        default: .other
        }
    }

    /// Whether the session cannot be used any more. An answer of the server leaves it usable, except that a session on a
    /// server that takes no writes is useless.
    var endsSession: Bool {
        switch kind {
        case .connection, .timeout, .closed, .readOnly, .refused, .unsuitable, .other: true
        case .forbidden, .full, .data, .conflict, .local, .expired: false
        }
    }
}

extension PostgresError: CustomStringConvertible {
    package var description: String {
        state.map { "\(message) (SQLSTATE \($0))" } ?? message
    }
}
