// SPDX-License-Identifier: Apache-2.0

import Shared

/// The request that gave a command, and its caller.
///
/// The primary carries both as one text from a command to the events that it causes. So nothing is looked up by an id
/// that a client has chosen. Another request with the same id changes nothing, and nobody can fill a table.
struct CommandOrigin: Hashable, Sendable {
    let requestID: String
    /// Nil if the text is only a request id, as from a caller of the library.
    let principal: String?

    // A request id has no control characters (`PrintableText`).
    private static let separator: UInt8 = 0x1F

    init(requestID: String, principal: Principal) {
        self.requestID = requestID
        self.principal = principal.description
    }

    /// - Parameter text: the text that the primary has carried.
    init(carried text: String) {
        let bytes = text.utf8
        guard let end = bytes.firstIndex(of: Self.separator) else {
            requestID = text
            principal = nil
            return
        }
        requestID = String(text[..<end])
        principal = String(text[bytes.index(after: end)...])
    }

    /// The text for the primary.
    var carried: String {
        guard let principal else { return requestID }
        return requestID + String(Unicode.Scalar(Self.separator)) + principal
    }
}

extension WorkerInfo {
    /// The worker as clients see it. The primary carries the request id and the caller of its end as one text, and this
    /// takes it apart. Doing so twice changes nothing.
    var namingItsEnd: WorkerInfo {
        guard let origin = exit?.requestId.map(CommandOrigin.init(carried:)) else { return self }
        var named = self
        named.exit?.requestId = origin.requestID
        named.exit?.principal = origin.principal ?? exit?.principal
        return named
    }
}
