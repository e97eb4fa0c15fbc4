// SPDX-License-Identifier: Apache-2.0

import Contract
import Shared

/// A request body that allows only known fields.
protocol ClosedRequest: Decodable, Sendable {
    associatedtype CodingKeys: CodingKey & CaseIterable

    /// Checks the request for unknown fields.
    static func checkParts(of container: KeyedDecodingContainer<AnyKey>) throws
}

extension ClosedRequest {
    static func checkParts(of container: KeyedDecodingContainer<AnyKey>) throws {}
}

/// The name of any field.
struct AnyKey: CodingKey {
    let stringValue: String
    var intValue: Int? { nil }

    init?(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { nil }
}

extension DisconnectAllRequest: ClosedRequest {}
extension DisconnectRequest: ClosedRequest {}
extension ForkRequest: ClosedRequest {}
extension KillRequest: ClosedRequest {}
extension SettingsPatch: ClosedRequest {}
extension SupervisionPatch: ClosedRequest {}
extension ScaleRequest: ClosedRequest {}
extension RestartRequest: ClosedRequest {}
extension WaitRequest: ClosedRequest {}
extension CancelRequest: ClosedRequest {}
extension PauseRequest: ClosedRequest {}
extension ForgetRequest: ClosedRequest {}

extension ReloadRequest: ClosedRequest {
    /// Its settings allow only known fields too.
    static func checkParts(of container: KeyedDecodingContainer<AnyKey>) throws {
        guard let key = AnyKey(stringValue: CodingKeys.settings.stringValue) else { return }
        _ = try container.decodeIfPresent(Closed<SettingsPatch>.self, forKey: key)
    }
}

/// Decodes a closed request in one pass, unknown fields first.
struct Closed<Body: ClosedRequest>: Decodable {
    let body: Body

    init(from decoder: any Decoder) throws {
        let known = Body.CodingKeys.allCases.map(\.stringValue)
        let container = try decoder.container(keyedBy: AnyKey.self)
        let found = container.allKeys.map(\.stringValue)
        if let field = found.filter({ !known.contains($0) }).min() {
            throw ClusterError.unknownField(field, known: known)
        }
        try Body.checkParts(of: container)
        body = try Body(from: decoder)
    }
}

extension ClusterError {
    static func unknownField(_ field: String, known: [String]) -> ClusterError {
        let field = field.beginning(100)
        let hint = known.isEmpty ? "this call takes none" : "the fields are \(known.joined(separator: ", "))"
        return ClusterError(
            .invalidArgument, .unknownField, "there is no field \(field) here; \(hint)",
            metadata: ["field": field])
    }
}
