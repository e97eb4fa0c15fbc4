// SPDX-License-Identifier: Apache-2.0

import Cluster
import Contract
import Shared

/// The body of `:send`. Only the outermost object is read, because the message is for the worker. `JSON.parse` accepts
/// more than we do, such as half of a surrogate pair or a thousand levels.
enum SendBody {
    private static let field = SendRequest.CodingKeys.message.stringValue

    /// The text of the message.
    /// - Throws: `MALFORMED_JSON`, `UNKNOWN_FIELD`, `INVALID_FIELD`
    static func message(in text: [UInt8]) throws(ClusterError) -> [UInt8] {
        let members = try BodyMembers(text)
        if let unknown = members.names.filter({ $0 != field }).min() {
            throw .unknownField(unknown, known: SendRequest.CodingKeys.allCases.map(\.stringValue))
        }
        guard let message = members[field] else {
            throw ClusterError(
                .invalidArgument, .invalidField, "field \(field): it is missing", metadata: ["field": field])
        }
        return message
    }
}
