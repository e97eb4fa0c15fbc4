// SPDX-License-Identifier: Apache-2.0

import Contract
import Foundation
import Shared

/// What the API answered.
struct APIReply: Sendable {
    let status: Int
    let body: String

    func decoded<Value: Decodable>(_ type: Value.Type = Value.self) throws -> Value {
        guard (200..<300).contains(status) else { throw Refused(reply: self) }
        return try JSONDecoder().decode(type, from: Data(body.utf8))
    }

    /// The stable code of a refusal; nil if it has another form than the contract's.
    var reason: ErrorReason? {
        let reply = try? JSONDecoder().decode(ErrorReply.self, from: Data(body.utf8))
        guard let error = reply?.error, error.code == status, error.details.count == 1 else { return nil }
        return error.details[0].reason
    }

    struct Refused: Error {
        let reply: APIReply
    }
}
