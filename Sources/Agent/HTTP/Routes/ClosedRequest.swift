// SPDX-License-Identifier: Apache-2.0

import Contract
import Shared

/// A request body whose fields are all known: any other field is the caller's mistake.
protocol ClosedRequest: Decodable, Sendable {
    associatedtype CodingKeys: CodingKey & CaseIterable
}

extension DisconnectAllRequest: ClosedRequest {}
extension DisconnectRequest: ClosedRequest {}
extension ForkRequest: ClosedRequest {}
extension KillRequest: ClosedRequest {}
extension SettingsPatch: ClosedRequest {}

/// Decodes a closed request in one pass, unknown fields first.
struct Closed<Body: ClosedRequest>: Decodable {
    let body: Body

    init(from decoder: any Decoder) throws {
        let known = Body.CodingKeys.allCases.map(\.stringValue)
        let found = try decoder.container(keyedBy: AnyKey.self).allKeys.map(\.stringValue)
        if let field = found.filter({ !known.contains($0) }).min() {
            throw ClusterError.unknownField(field, known: known)
        }
        body = try Body(from: decoder)
    }

    /// Any name.
    private struct AnyKey: CodingKey {
        let stringValue: String
        var intValue: Int? { nil }

        init?(stringValue: String) { self.stringValue = stringValue }
        init?(intValue: Int) { nil }
    }
}

extension ClusterError {
    static func unknownField(_ field: String, known: [String]) -> ClusterError {
        let field = field.beginning(100)
        return ClusterError(
            .invalidArgument, .unknownField,
            "there is no field \(field) here; the fields are \(known.joined(separator: ", "))",
            metadata: ["field": field])
    }
}
