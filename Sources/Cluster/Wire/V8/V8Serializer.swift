// SPDX-License-Identifier: Apache-2.0

/// Writes what a worker's V8 reads: version 15 of the format, with Node's host objects.
struct V8Serializer {
    var writer = V8Writer()

    /// One message with its header, without the frame's length. The frame's 4 bytes may stand before it: what follows
    /// keeps its alignment.
    static func serialize(_ value: V8Value) -> [UInt8] {
        var serializer = V8Serializer()
        serializer.writer.tag(.version)
        serializer.writer.varint(V8Tag.versions.upperBound)
        serializer.write(value)
        return serializer.writer.bytes
    }

    private init() {}

    mutating func write(_ value: V8Value) {
        switch value {
        case .undefined: writer.tag(.undefined)
        case .null: writer.tag(.null)
        case .bool(let bool): writer.tag(bool ? .true : .false)
        case .number(let number): write(number)
        case .string(let string): writer.string(string)
        case .bigInt(let integer): write(.bigInt, integer)
        case .object(let properties): writeObject(properties)
        case .array(let array): write(array)
        case .map(let entries): write(entries)
        case .set(let values): write(values)
        case .date(let milliseconds): write(.date, milliseconds)
        case .regExp(let expression): write(expression)
        case .error(let error): write(error)
        case .arrayBuffer(let bytes, let maxByteLength): writeArrayBuffer(bytes, maxByteLength)
        case .view(let kind, let bytes): write(kind, bytes)
        case .booleanObject(let bool): writer.tag(bool ? .trueObject : .falseObject)
        case .numberObject(let number): write(.numberObject, number)
        case .stringObject(let string):
            writer.tag(.stringObject)
            writer.string(string)
        case .bigIntObject(let integer): write(.bigIntObject, integer)
        case .reference(let number):
            // No wrapper is written, so the wire numbers objects as they are numbered here.
            writer.tag(.objectReference)
            writer.count(number)
        }
    }

    private mutating func write(_ number: Double) {
        if let integer = Int32(exactly: number), integer != 0 || number.sign == .plus {
            writer.tag(.int32)
            writer.zigzag(integer)
        } else {
            write(.double, number)
        }
    }

    private mutating func write(_ tag: V8Tag, _ number: Double) {
        writer.tag(tag)
        writer.double(number)
    }

    private mutating func write(_ tag: V8Tag, _ integer: V8BigInt) {
        writer.tag(tag)
        writer.count(integer.words.count * 8 << 1 | (integer.isNegative ? 1 : 0))
        writer.words(integer.words)
    }

    private mutating func write(_ expression: V8RegExp) {
        writer.tag(.regExp)
        writer.string(expression.source)
        writer.varint(expression.flags.rawValue)
    }

    private mutating func writeArrayBuffer(_ bytes: [UInt8], _ maxByteLength: UInt32?) {
        writer.tag(maxByteLength == nil ? .arrayBuffer : .resizableArrayBuffer)
        writer.count(bytes.count)
        if let maxByteLength { writer.varint(maxByteLength) }
        writer.raw(bytes)
    }

    private mutating func write(_ kind: V8ViewKind, _ bytes: [UInt8]) {
        writer.tag(.hostObject)
        writer.varint(0)
        writer.varint(kind.rawValue)
        writer.count(bytes.count)
        writer.raw(bytes)
    }
}
