// SPDX-License-Identifier: Apache-2.0

import Contract
import HTTPTypes
import FoundationEssentials
import Hummingbird
import HummingbirdTesting
import Shared

@testable import Agent

/// An answer of the agent, easy to ask.
struct TestReply: Sendable {
    let status: Int
    let headers: HTTPFields
    let body: String

    init(_ response: TestResponse) {
        status = response.status.code
        headers = response.headers
        body = String(buffer: response.body)
    }

    func decode<Value: Decodable>(_ type: Value.Type = Value.self) throws -> Value {
        try JSONDecoder().decode(type, from: Data(body.utf8))
    }

    /// The error, if the body has the contract's form.
    var error: ErrorReply.Status? {
        guard let reply = try? decode(ErrorReply.self), reply.error.details.count == 1,
            reply.error.code == status
        else { return nil }
        return reply.error
    }

    var reason: ErrorReason? { error?.details.first?.reason }
    var metadata: [String: String] { error?.details.first?.metadata ?? [:] }
}
