// SPDX-License-Identifier: Apache-2.0

import Logging
import Synchronization

/// Counts the connections that the agent ends without a request that it could serve, by reason. So many are logged.
final class RefusedConnections: Sendable {
    /// Why. Those that are also reasons of an answer are called as there.
    enum Reason: String, CaseIterable, Sendable {
        /// The client has as many connections as it may.
        case tooManyConnections = "TOO_MANY_CONNECTIONS"
        case outOfDescriptors = "OUT_OF_DESCRIPTORS"
        /// Another needed its place (`ConnectionPlaces`).
        case displaced = "DISPLACED"
        /// Another user, on the unix socket.
        case peerNotAllowed = "PEER_NOT_ALLOWED"
        case tlsFailed = "TLS_FAILED"
        case malformedHTTP = "MALFORMED_HTTP"
        case requestTooLarge = "REQUEST_TOO_LARGE"
        case requestTimeout = "REQUEST_TIMEOUT"
        /// The client does not read its answer.
        case notRead = "NOT_READ"
    }

    private let log: BoundedLog
    private let counts = Mutex<[Reason: Int]>([:])

    init(clock: any Clock<Duration> = ContinuousClock()) {
        log = BoundedLog(clock: clock)
    }

    /// - Parameter metadata: who it was, as far as that is known.
    func add(_ reason: Reason, _ metadata: Logger.Metadata, to logger: Logger) {
        counts.withLock { $0[reason, default: 0] += 1 }
        let metadata = metadata.merging(["reason": "\(reason.rawValue)"]) { given, _ in given }
        log.info("refused a connection", metadata: metadata, to: logger)
    }

    /// Every reason from the start, so that the first of its kind is a rise.
    var samples: [MetricSample] {
        let counts = counts.withLock { $0 }
        return Reason.allCases.map { reason in
            MetricSample(labels: [("reason", reason.rawValue)], value: Double(counts[reason, default: 0]))
        }
    }
}
