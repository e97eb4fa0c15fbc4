// SPDX-License-Identifier: Apache-2.0

package import Shared

/// A command that must be done once, however often it comes.
package struct IdempotentRequest: Hashable, Sendable {
    /// Who sent it, as in the audit.
    package var principal: String
    /// The `Idempotency-Key`.
    package var key: String
    /// SHA-256 of method, path and body.
    package var fingerprint: [UInt8]
    package var requestID: String
    package var begunAt: Timestamp

    package init(
        principal: String, key: String, fingerprint: [UInt8], requestID: String, begunAt: Timestamp
    ) {
        self.principal = principal
        self.key = key
        self.fingerprint = fingerprint
        self.requestID = requestID
        self.begunAt = begunAt
    }
}
