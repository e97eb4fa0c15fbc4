// SPDX-License-Identifier: Apache-2.0

import Shared

extension V8Deserializer {
    /// Keys and values up to the end tag and their number. Like V8, it takes no key twice.
    mutating func readProperties(until end: V8Tag) throws(ClusterError) -> [V8Property] {
        var list = V8PropertyList()
        while try !reader.take(end) {
            let key = try readKey()
            guard list.insert(key, try readValue()) else { throw reader.malformed("a key comes twice") }
        }
        guard Int(try reader.varint()) == list.properties.count else {
            throw reader.malformed("the number of properties is wrong")
        }
        return list.properties
    }

    /// A string, or a whole number. V8 writes no other number as a key.
    mutating func readKey() throws(ClusterError) -> V8String {
        try takeKey()
        let tag = try reader.tag()
        switch tag {
        case .int32: return V8String(String(try reader.zigzag()))
        case .uint32: return V8String(index: try reader.varint())
        case .double:
            guard let index = UInt32(exactly: try reader.double()) else {
                throw reader.malformed("a number as a key that is not an index")
            }
            return V8String(index: index)
        default: return try readString(tag)
        }
    }

    mutating func readMap() throws(ClusterError) -> [V8MapEntry] {
        var entries: [V8MapEntry] = []
        while try !reader.take(.endMap) {
            let key = try readValue()
            entries.append(V8MapEntry(key: key, value: try readValue()))
        }
        guard Int(try reader.varint()) == entries.count * 2 else {
            throw reader.malformed("the size of a map is wrong")
        }
        return entries
    }

    mutating func readSet() throws(ClusterError) -> [V8Value] {
        var values: [V8Value] = []
        while try !reader.take(.endSet) {
            values.append(try readValue())
        }
        guard Int(try reader.varint()) == values.count else { throw reader.malformed("the size of a set is wrong") }
        return values
    }

    /// Node's own: a view with its bytes, or the properties of an object that V8 cannot clone.
    mutating func readHostObject() throws(ClusterError) -> V8Value {
        switch try reader.varint() {
        case 0:
            beginObject()
            guard let kind = V8ViewKind(rawValue: try reader.varint()) else {
                throw reader.malformed("unknown kind of a view")
            }
            let bytes = try reader.raw(Int(try reader.varint()))
            guard bytes.count.isMultiple(of: kind.elementSize) else {
                throw reader.malformed("part of an element in a view")
            }
            return .view(kind, Array(bytes))
        case 1:
            beginWrapper()
            guard try reader.take(.beginObject) else { throw reader.malformed("a host object that is not an object") }
            beginObject()
            return .object(try readProperties(until: .endObject))
        default:
            throw reader.malformed("unknown kind of a host object")
        }
    }

    /// The fields come in any order: Node 20 writes the cause before the stack, newer ones behind it.
    mutating func readError() throws(ClusterError) -> V8Error {
        var error = V8Error(kind: .error)
        while let tag = V8ErrorTag(rawValue: try reader.byte()) {
            switch tag {
            case .evalErrorPrototype: error.kind = .evalError
            case .rangeErrorPrototype: error.kind = .rangeError
            case .referenceErrorPrototype: error.kind = .referenceError
            case .syntaxErrorPrototype: error.kind = .syntaxError
            case .typeErrorPrototype: error.kind = .typeError
            case .uriErrorPrototype: error.kind = .uriError
            case .message where error.message == nil: error.message = try readString(try reader.tag())
            case .stack where error.stack == nil: error.stack = try readString(try reader.tag())
            case .cause where error.cause == nil: error.cause = try readValue()
            case .message, .stack, .cause: throw reader.malformed("a field of an error comes twice")
            case .end: return error
            }
        }
        throw reader.malformed("unknown field of an error")
    }
}
