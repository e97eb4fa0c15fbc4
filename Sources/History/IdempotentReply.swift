// SPDX-License-Identifier: Apache-2.0

/// An answer that is kept to be given again.
package struct IdempotentReply: Hashable, Sendable {
    /// The HTTP status.
    package var status: Int
    /// JSON.
    package var body: [UInt8]

    package init(status: Int, body: [UInt8]) {
        self.status = status
        self.body = body
    }
}
