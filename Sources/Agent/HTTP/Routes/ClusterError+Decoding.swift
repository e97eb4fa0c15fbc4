// SPDX-License-Identifier: Apache-2.0

import Shared

extension ClusterError {
    /// The error for a body that does not decode: the field's path, and what it must be.
    /// - Parameter members: the members of the body.
    init<Body: Decodable>(_ error: DecodingError, decoding body: Body.Type, from members: BodyMembers) {
        let field: String
        let problem: String
        switch error {
        case .keyNotFound(let key, let context):
            field = Self.path(context.codingPath + [key])
            problem = "it is missing"
        case .typeMismatch(let type, let context):
            field = Self.path(context.codingPath)
            problem = "it must be \(Self.name(of: type))"
        case .valueNotFound(let type, let context):
            field = Self.path(context.codingPath)
            problem = "it must be \(Self.name(of: type)), not null"
        case .dataCorrupted(let context) where context.codingPath.isEmpty:
            // The decoder does not say which field.
            let culprit = members.culprit(for: body)
            field = culprit?.name ?? ""
            problem = culprit.map { Self.problem(with: $0.value) } ?? "it cannot be read"
        case .dataCorrupted(let context):
            field = Self.path(context.codingPath)
            problem = Self.problem(context)
        @unknown default:
            field = ""
            problem = "it cannot be read"
        }
        self.init(
            .invalidArgument, .invalidField, field.isEmpty ? "the body: \(problem)" : "field \(field): \(problem)",
            metadata: field.isEmpty ? [:] : ["field": field], cause: error)
    }

    /// A JSON value that cannot be decoded.
    private static func problem(with value: [UInt8]) -> String {
        let isNumber = value.first.map { $0 == UInt8(ascii: "-") || (0x30...0x39).contains($0) } ?? false
        return isNumber
            ? "\(String(decoding: value.prefix(40), as: UTF8.self)) is not a whole number, or is too large"
            : "it holds half of a surrogate pair, a number that is too large or no whole one, or over 500 levels"
    }

    /// Our own types say what they accept. The compiler's text for an enum speaks of Swift.
    private static func problem(_ context: DecodingError.Context) -> String {
        let text = context.debugDescription
        guard text.hasPrefix("Cannot initialize"), let value = text.split(separator: " ").last else { return text }
        return "\(value) is not an allowed value; see GET /openapi.yaml"
    }

    private static func path(_ keys: [any CodingKey]) -> String {
        keys.reduce(into: "") { path, key in
            if let index = key.intValue {
                path += "[\(index)]"
            } else {
                path += (path.isEmpty ? "" : ".") + key.stringValue
            }
        }
    }

    /// JSON's word for a Swift type.
    private static func name(of type: any Any.Type) -> String {
        switch type {
        case is Bool.Type: "true or false"
        case is String.Type: "a string"
        case is any BinaryInteger.Type: "an integer"
        case is any BinaryFloatingPoint.Type: "a number"
        case is [String: String].Type: "an object whose values are strings"
        default: "\(type)".hasPrefix("Array") ? "an array" : "\(type)".hasPrefix("Dictionary") ? "an object" : "valid"
        }
    }
}
