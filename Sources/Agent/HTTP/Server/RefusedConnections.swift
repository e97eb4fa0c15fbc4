// SPDX-License-Identifier: Apache-2.0

import Logging
import Synchronization

/// Counts connections that end without a request that could be served, by reason. Only some of them are logged.
final class RefusedConnections: Sendable {
    /// The reason. If an answer can have the same reason, it has the same name there.
    enum Reason: String, CaseIterable, Sendable {
        /// The client has too many connections.
        case tooManyConnections = "TOO_MANY_CONNECTIONS"
        case outOfDescriptors = "OUT_OF_DESCRIPTORS"
        /// Another connection needed its place (`ConnectionPlaces`).
        case displaced = "DISPLACED"
        /// Another user on the unix socket.
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

    /// - Parameter metadata: describes the client, as far as it is known.
    func add(_ reason: Reason, _ metadata: Logger.Metadata, to logger: Logger) {
        counts.withLock { $0[reason, default: 0] += 1 }
        let metadata = metadata.merging(["reason": "\(reason.rawValue)"]) { given, _ in given }
        log.info("refused a connection", metadata: metadata, to: logger)
    }

    /// Each reason is there from the start, so that its first count is a rise.
    var samples: [MetricSample] {
        let counts = counts.withLock { $0 }
        return Reason.allCases.map { reason in
            MetricSample(labels: [("reason", reason.rawValue)], value: Double(counts[reason, default: 0]))
        }
    }
}
