// SPDX-License-Identifier: Apache-2.0

import Shared

extension AnnotationReader {
    mutating func resolveObject(_ fields: inout AnnotationFields) throws(ClusterError) -> V8Value {
        if let kind = V8Error.Kind(rawValue: fields.type) { return try error(kind, &fields) }
        switch fields.type {
        case "Object": return .object(try resolve(try fields.takeProperties("value")))
        case "Array": return try array(&fields)
        case "Map": return try map(&fields)
        case "Set": return .set(try resolve(try fields.takeArray("values")))
        default: return try leaf(&fields)
        }
    }

    // Not inlined: the recursion through resolveObject would carry its large frame down every level.
    @inline(never)
    private func leaf(_ fields: inout AnnotationFields) throws(ClusterError) -> V8Value {
        if let kind = V8ViewKind(name: fields.type) { return try view(kind, &fields) }
        switch fields.type {
        case "Date": return .date(try fields.takeDate("value"))
        case "RegExp":
            let source = try fields.takeString("source")
            guard let flags = V8RegExp.Flags(letters: try fields.takeString("flags").description) else {
                throw fields.invalid("flags", "the flags of a regular expression, each once")
            }
            return .regExp(V8RegExp(source: source, flags: flags))
        case "ArrayBuffer": return try arrayBuffer(&fields)
        case "BooleanObject":
            guard let bool = fields.take("value")?.bool else { throw fields.invalid("value", "true or false") }
            return .booleanObject(bool)
        case "NumberObject": return .numberObject(try fields.takeNumber("value"))
        case "StringObject": return .stringObject(try fields.takeString("value"))
        case "BigIntObject": return .bigIntObject(try fields.takeBigInt("value"))
        default:
            throw ClusterError(
                .invalidArgument, .invalidField,
                "\"\(fields.type)\" is not a $type; write an object that has such a key of its own as {\"$type\": \"Object\", \"value\": {…}}",
                metadata: ["field": "$type", "type": fields.type])
        }
    }

    private mutating func array(_ fields: inout AnnotationFields) throws(ClusterError) -> V8Value {
        let elements = try fields.takeArray("elements")
        let length = try fields.takeLength("length") ?? UInt32(clamping: elements.count)
        var parts = V8ArrayParts(length: length)
        for (index, element) in elements.enumerated() {
            guard parts.insert(UInt32(clamping: index), try resolve(element)) else {
                throw fields.invalid("length", "at least the number of elements")
            }
        }
        if let properties = try fields.takeOptionalProperties("properties") {
            for property in properties {
                guard parts.insert(property.key, try resolve(property.value)) else {
                    throw fields.invalid(
                        "properties", "an object whose indices are behind the elements and below the length")
                }
            }
        }
        return .array(parts.array)
    }

    private mutating func map(_ fields: inout AnnotationFields) throws(ClusterError) -> V8Value {
        var entries: [V8MapEntry] = []
        for entry in try fields.takeArray("entries") {
            guard case .array(let pair) = entry, pair.elements.count == 2 else {
                throw fields.invalid("entries", "an array of arrays of a key and a value")
            }
            let resolved = try resolve(pair.elements)
            entries.append(V8MapEntry(key: resolved[0], value: resolved[1]))
        }
        return .map(entries)
    }

    private mutating func error(_ kind: V8Error.Kind, _ fields: inout AnnotationFields) throws(ClusterError) -> V8Value
    {
        var error = V8Error(kind: kind)
        error.message = try fields.takeOptionalString("message")
        error.stack = try fields.takeOptionalString("stack")
        if let cause = fields.take("cause") { error.cause = try resolve(cause) }
        return .error(error)
    }

    private func view(_ kind: V8ViewKind, _ fields: inout AnnotationFields) throws(ClusterError) -> V8Value {
        let bytes = try fields.takeBytes("value")
        guard bytes.count.isMultiple(of: kind.elementSize) else {
            throw fields.invalid("value", "base 64 of whole elements of \(kind.elementSize) bytes")
        }
        return .view(kind, bytes)
    }

    private func arrayBuffer(_ fields: inout AnnotationFields) throws(ClusterError) -> V8Value {
        let bytes = try fields.takeBytes("value")
        let maxByteLength = try fields.takeLength("maxByteLength")
        if let maxByteLength, maxByteLength < bytes.count {
            throw fields.invalid("maxByteLength", "at least the number of bytes")
        }
        return .arrayBuffer(bytes, maxByteLength: maxByteLength)
    }
}
