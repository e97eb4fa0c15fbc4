// SPDX-License-Identifier: Apache-2.0

internal import Contract
internal import Shared

/// Which calls are repeated, and when.
///
/// Only calls that are safe to repeat get here: a GET, and a POST with its idempotency key.
struct RetryPolicy: Sendable {
    /// All attempts, including the first.
    static let attempts = 4

    /// The wait before the next attempt: 100, 200, 400 ms, or what the agent asked for.
    static func delay(afterAttempt attempt: Int, retryAfter: Int?) -> Duration {
        let backOff = Duration.milliseconds(100 << min(max(0, attempt - 1), 10))
        return retryAfter.map { max(backOff, .seconds(min(max(0, $0), 86_400))) } ?? backOff
    }

    /// A broken connection may be an accident. A refused one is not, and waiting would only delay the answer.
    static func isWorthwhile(_ failure: TransportFailure) -> Bool {
        switch failure {
        case .unanswered, .lost: true
        case .unreachable, .unknownName, .noSocket, .forbidden, .tls, .notHTTP, .timedOut, .tooLarge, .badHead,
            .setup:
            false
        }
    }

    static func isWorthwhile(_ failure: Failure) -> Bool {
        // An agent that cannot read its history will say the same again.
        failure.httpStatus == 503 && failure.reason != .historyUnavailable
    }
}
