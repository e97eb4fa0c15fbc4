// SPDX-License-Identifier: Apache-2.0

import Shared

/// The fields of one object with a `$type`, each taken once. The fields that are left at the end are unknown.
struct AnnotationFields {
    let type: String
    private var rest: [V8Property]

    /// - Parameter properties: they have a `$type`.
    init(_ properties: [V8Property]) throws(ClusterError) {
        rest = properties.filter { $0.key != V8Value.typeKey }
        guard case .string(let type) = properties.first(where: { $0.key == V8Value.typeKey })?.value else {
            throw ClusterError(
                .invalidArgument, .invalidField,
                "$type must be a string; write an object that has such a key of its own as {\"$type\": \"Object\", \"value\": {…}}",
                metadata: ["field": "$type"])
        }
        // Errors name it, and no type's name is that long.
        self.type = type.description.beginning(64)
    }

    mutating func take(_ name: V8String) -> V8Value? {
        guard let place = rest.firstIndex(where: { $0.key == name }) else { return nil }
        return rest.remove(at: place).value
    }

    func finish() throws(ClusterError) {
        guard let field = rest.first?.key.description.beginning(64) else { return }
        throw ClusterError(
            .invalidArgument, .unknownField, "$type \"\(type)\" has no field \"\(field)\"; leave it out",
            metadata: ["type": type, "field": field])
    }

    func invalid(_ field: String, _ expected: String) -> ClusterError {
        ClusterError(
            .invalidArgument, .invalidField, "\"\(field)\" of $type \"\(type)\" must be \(expected)",
            metadata: ["type": type, "field": field])
    }
}

extension AnnotationFields {
    mutating func takeID() throws(ClusterError) -> Int? {
        guard let id = take("id") else { return nil }
        guard let id = id.integer, id >= 0 else { throw invalid("id", "a whole number from 0") }
        return id
    }

    mutating func takeLength(_ name: String) throws(ClusterError) -> UInt32? {
        guard let length = take(V8String(name)) else { return nil }
        guard let length = length.integer.flatMap(UInt32.init(exactly:)) else {
            throw invalid(name, "a whole number below 2^32")
        }
        return length
    }

    mutating func takeOptionalString(_ name: String) throws(ClusterError) -> V8String? {
        guard let value = take(V8String(name)) else { return nil }
        guard case .string(let string) = value else { throw invalid(name, "a string") }
        return string
    }

    mutating func takeString(_ name: String) throws(ClusterError) -> V8String {
        guard let string = try takeOptionalString(name) else { throw invalid(name, "a string") }
        return string
    }

    mutating func takeArray(_ name: String) throws(ClusterError) -> [V8Value] {
        guard case .array(let array) = take(V8String(name)) else { throw invalid(name, "an array") }
        return array.elements
    }

    mutating func takeOptionalProperties(_ name: String) throws(ClusterError) -> [V8Property]? {
        guard let value = take(V8String(name)) else { return nil }
        guard case .object(let properties) = value else { throw invalid(name, "an object") }
        return properties
    }

    mutating func takeProperties(_ name: String) throws(ClusterError) -> [V8Property] {
        guard let properties = try takeOptionalProperties(name) else { throw invalid(name, "an object") }
        return properties
    }

    mutating func takeNumber(_ name: String) throws(ClusterError) -> Double {
        switch take(V8String(name)) {
        case .number(let number): return number
        case .string(let string):
            if let special = NonFinite(rawValue: string.description) { return special.number }
            throw invalid(name, "a number, \"NaN\", \"Infinity\" or \"-Infinity\"")
        default: throw invalid(name, "a number, \"NaN\", \"Infinity\" or \"-Infinity\"")
        }
    }

    mutating func takeBigInt(_ name: String) throws(ClusterError) -> V8BigInt {
        guard let integer = V8BigInt(text: try takeString(name).description) else {
            throw invalid(name, "a decimal number of at most 1234 digits or a hexadecimal one with 0x, as a string")
        }
        return integer
    }

    /// Null is the invalid date.
    mutating func takeDate(_ name: String) throws(ClusterError) -> Double {
        switch take(V8String(name)) {
        case .null: return .nan
        case .string(let text):
            if let milliseconds = DateText.milliseconds(text: text.description) { return milliseconds }
            throw invalid(name, "a date as 2026-11-22T15:51:44.272Z, or null")
        default: throw invalid(name, "a date as 2026-11-22T15:51:44.272Z, or null")
        }
    }

    mutating func takeBytes(_ name: String) throws(ClusterError) -> [UInt8] {
        guard case .oneByte(let text) = try takeString(name).units, let bytes = Base64.decode(text) else {
            throw invalid(name, "base 64 with padding, as a string")
        }
        return bytes
    }
}
