// SPDX-License-Identifier: Apache-2.0

import Shared

/// Bytes from a worker that are not a message. They end only that worker's channel.
struct WireError: Error, CustomStringConvertible {
    let reason: DisconnectReason
    let description: String

    init(_ description: String, _ reason: DisconnectReason = .invalidMessage) {
        self.description = description
        self.reason = reason
    }

    static var clusterMessageTooLarge: WireError {
        WireError(
            "a message of the cluster's own is longer than \(maximumInternalSize) bytes or nests deeper than "
                + "\(maximumInternalLevels) levels", .messageTooLarge)
    }
}
