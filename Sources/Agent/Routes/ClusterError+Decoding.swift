// SPDX-License-Identifier: Apache-2.0

import Shared

extension ClusterError {
    /// What a client is told of a body that does not decode: the field by its path, and what it must be.
    /// - Parameter isJSON: false where no value can be read from the body at all.
    init(_ error: DecodingError, isJSON: Bool) {
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
        case .dataCorrupted(let context):
            field = Self.path(context.codingPath)
            problem = Self.problem(context)
        @unknown default:
            field = ""
            problem = "it cannot be read"
        }
        if case .dataCorrupted = error, field.isEmpty {
            // Of a number that does not fit its field the decoder says no more than of a text that is no JSON.
            self =
                isJSON
                ? ClusterError(
                    .invalidArgument, .invalidField, "a number in the body is no integer or too large", cause: error)
                : ClusterError(.invalidArgument, .malformedJSON, "the body is not valid JSON", cause: error)
        } else if field.isEmpty {
            self.init(.invalidArgument, .malformedJSON, "the body must be a JSON object", cause: error)
        } else {
            self.init(.invalidArgument, .invalidField, "field \(field): \(problem)", metadata: ["field": field])
        }
    }

    /// Our own types say what they take; what the compiler makes for an enum speaks of Swift.
    private static func problem(_ context: DecodingError.Context) -> String {
        let text = context.debugDescription
        guard text.hasPrefix("Cannot initialize"), let value = text.split(separator: " ").last else { return text }
        return "\(value) is none of the values that it can have; see GET /openapi.yaml"
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
