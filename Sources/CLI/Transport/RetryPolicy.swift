// SPDX-License-Identifier: Apache-2.0

internal import Contract
internal import Shared

/// What is tried again, and when.
///
/// Only what is safe to repeat gets here: a GET, and a POST with its idempotency key.
struct RetryPolicy: Sendable {
    /// In all, the first one included.
    static let attempts = 4

    /// How long to wait before the next attempt: 100, 200, 400 ms, or what the agent asked for.
    static func delay(afterAttempt attempt: Int, retryAfter: Int?) -> Duration {
        let backOff = Duration.milliseconds(100 << min(max(0, attempt - 1), 10))
        return retryAfter.map { max(backOff, .seconds(min(max(0, $0), 86_400))) } ?? backOff
    }

    /// A connection that broke may have been an accident; one that was refused is not, and waiting
    /// would only keep the caller from knowing.
    static func isWorthwhile(_ failure: TransportFailure) -> Bool {
        switch failure {
        case .unanswered, .lost: true
        case .unreachable, .unknownName, .noSocket, .forbidden, .tls, .notHTTP, .timedOut, .tooLarge, .badHead,
            .setup:
            false
        }
    }

    static func isWorthwhile(_ failure: Failure) -> Bool {
        // An agent whose history cannot be read will say the same again.
        failure.httpStatus == 503 && failure.reason != .historyUnavailable
    }
}
