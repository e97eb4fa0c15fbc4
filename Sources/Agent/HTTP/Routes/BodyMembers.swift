// SPDX-License-Identifier: Apache-2.0

import FoundationEssentials
import Shared

/// The members of a body's JSON object, each value as it was written.
struct BodyMembers {
    private let members: [(name: String, value: [UInt8])]

    /// - Throws: `MALFORMED_JSON` if it is not a JSON object, `INVALID_FIELD` if a name occurs twice.
    init(_ text: [UInt8]) throws(ClusterError) {
        guard let members = JSONMember.all(of: text) else {
            throw ClusterError(
                .invalidArgument, .malformedJSON,
                JSONMember.isValue(text)
                    ? "the body must be a JSON object" : "the body is not valid JSON in UTF-8 (RFC 8259)")
        }
        self.members = members.map { member in
            let quoted = Data([UInt8(ascii: "\"")] + member.name + [UInt8(ascii: "\"")])
            let name = try? JSONDecoder().decode(String.self, from: quoted)
            // A name that cannot be read is unknown.
            return (name ?? String(decoding: member.name, as: UTF8.self), member.value)
        }
        var seen: Set<String> = []
        if let name = names.first(where: { !seen.insert($0).inserted }) { throw Self.repeated(name) }
    }

    /// The names inside the members' values. Names inside a message are not checked, because the message is for its
    /// receiver.
    ///
    /// - Throws: `INVALID_FIELD` if a name occurs twice.
    func checkNestedNames() throws(ClusterError) {
        for member in members {
            guard let path = JSONMember.firstRepeat(in: member.value) else { continue }
            throw Self.repeated(member.name + (path.hasPrefix("[") ? "" : ".") + path)
        }
    }

    private static func repeated(_ field: String) -> ClusterError {
        let field = field.beginning(200)
        return ClusterError(
            .invalidArgument, .invalidField, "field \(field): it is given twice", metadata: ["field": field])
    }

    var names: [String] { members.map(\.name) }

    subscript(name: String) -> [UInt8]? { members.first { $0.name == name }?.value }

    /// The first member that `Body` refuses even alone. For errors that the decoder does not locate.
    func culprit<Body: Decodable>(for body: Body.Type) -> (name: String, value: [UInt8])? {
        members.first { member in
            guard let name = try? JSONEncoder().encode(member.name) else { return false }
            do {
                _ = try JSONDecoder().decode(
                    body, from: Data("{".utf8) + name + Data(":".utf8) + member.value + Data("}".utf8))
                return false
            } catch DecodingError.dataCorrupted(let context) {
                return context.codingPath.isEmpty
            } catch {
                return false
            }
        }
    }
}
