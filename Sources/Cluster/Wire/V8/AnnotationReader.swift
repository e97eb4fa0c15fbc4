// SPDX-License-Identifier: Apache-2.0

import Shared

/// Turns a plain value with `$type` objects into the value that it stands for: docs/advanced-serialization.md.
struct AnnotationReader {
    private var objectCount = 0
    /// The number of the object behind each `id` of the text.
    private var numbers: [Int: Int] = [:]

    /// - Parameter value: a plain one, as `JSONParser` makes it.
    mutating func resolve(_ value: V8Value) throws(ClusterError) -> V8Value {
        switch value {
        case .object(let properties):
            guard properties.contains(where: { $0.key == V8Value.typeKey }) else {
                try beginObject(id: nil)
                return .object(try resolve(properties))
            }
            return try resolve(try AnnotationFields(properties))
        case .array(let array):
            try beginObject(id: nil)
            return .array(V8Array(try resolve(array.elements)))
        default:
            return value
        }
    }

    private mutating func resolve(_ fields: AnnotationFields) throws(ClusterError) -> V8Value {
        var fields = fields
        let value = try resolvePrimitive(&fields)
        if let value {
            try fields.finish()
            return value
        }
        // Before its contents, which may refer to it.
        try beginObject(id: try fields.takeID())
        let object = try resolveObject(&fields)
        try fields.finish()
        return object
    }

    /// Nil if the type is that of an object.
    private func resolvePrimitive(_ fields: inout AnnotationFields) throws(ClusterError) -> V8Value? {
        switch fields.type {
        case "undefined": return .undefined
        case "Number": return .number(try fields.takeNumber("value"))
        case "BigInt": return .bigInt(try fields.takeBigInt("value"))
        case "Reference":
            guard let id = try fields.takeID(), let number = numbers[id] else {
                throw fields.invalid("id", "the id of an object that begins before it")
            }
            return .reference(number)
        default: return nil
        }
    }

    /// Gives the next object its number, and its `id`, which no other object may have.
    private mutating func beginObject(id: Int?) throws(ClusterError) {
        if let id, numbers.updateValue(objectCount, forKey: id) != nil {
            throw ClusterError(
                .invalidArgument, .invalidField, "two objects have the id \(id); give each its own",
                metadata: ["field": "id", "id": "\(id)"])
        }
        objectCount += 1
    }

    mutating func resolve(_ values: [V8Value]) throws(ClusterError) -> [V8Value] {
        var resolved: [V8Value] = []
        resolved.reserveCapacity(values.count)
        for value in values { resolved.append(try resolve(value)) }
        return resolved
    }

    mutating func resolve(_ properties: [V8Property]) throws(ClusterError) -> [V8Property] {
        var resolved: [V8Property] = []
        resolved.reserveCapacity(properties.count)
        for property in properties {
            resolved.append(V8Property(key: property.key, value: try resolve(property.value)))
        }
        return resolved
    }
}
