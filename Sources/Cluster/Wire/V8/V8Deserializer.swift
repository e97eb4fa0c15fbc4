// SPDX-License-Identifier: Apache-2.0

import Shared

/// Reads what a worker's V8 wrote (V8's value-serializer with Node's host objects).
///
/// Takes no more memory than ``standardRoom`` besides what the input's strings and buffers hold, and recurses at most
/// `V8Value.deepest` deep.
struct V8Deserializer {
    /// 128 MiB: some 8 million numbers, or 700,000 properties. A byte of a message can make a value of 16 bytes, and two
    /// can make one with a key.
    static let standardRoom = 128 << 20

    var reader: V8Reader
    /// Bytes of memory that may yet be taken.
    private var room: Int
    private var depth = 0
    /// The number of the object behind each id of the wire. They differ if Node wraps an object in a host object,
    /// which takes an id of its own.
    private var objectNumbers: [Int] = []
    private var objectCount = 0

    /// - Parameters:
    ///   - bytes: one whole message, with the header `FF 0F` and without the frame's length.
    ///   - room: bytes of memory that its values may take.
    /// - Throws: `MALFORMED_SERIALIZATION`, `NESTED_TOO_DEEPLY`, `MESSAGE_TOO_LARGE`.
    static func deserialize(
        _ bytes: UnsafeRawBufferPointer, room: Int = standardRoom
    ) throws(ClusterError) -> V8Value {
        var deserializer = V8Deserializer(reader: V8Reader(bytes), room: room)
        guard try deserializer.reader.tag() == .version else {
            throw deserializer.reader.malformed("the header is missing")
        }
        let version = try deserializer.reader.varint()
        guard V8Tag.versions.contains(version) else {
            throw deserializer.reader.malformed("version \(version) of the format is not known")
        }
        let value = try deserializer.readValue()
        guard deserializer.reader.remaining == 0 else { throw deserializer.reader.malformed("there is more behind it") }
        return value
    }

    private init(reader: V8Reader, room: Int) {
        self.reader = reader
        self.room = room
    }

    /// Takes room for something that is about to be made.
    /// - Parameter bytes: its weight without the contents of strings and buffers.
    mutating func take(_ bytes: Int) throws(ClusterError) {
        room -= bytes
        guard room >= 0 else {
            throw ClusterError(.invalidArgument, .messageTooLarge, "the message takes too much memory")
        }
    }

    /// Takes room for a key.
    mutating func takeKey() throws(ClusterError) {
        try take(Weight.key)
    }

    mutating func readValue() throws(ClusterError) -> V8Value {
        try take(Weight.value)
        let tag = try reader.tag()
        switch tag {
        case .undefined: return .undefined
        case .null: return .null
        case .true: return .bool(true)
        case .false: return .bool(false)
        case .int32: return .number(Double(try reader.zigzag()))
        case .uint32: return .number(Double(try reader.varint()))
        case .double: return .number(try reader.double())
        case .bigInt: return .bigInt(try readBigInt())
        case .oneByteString, .twoByteString, .utf8String: return .string(try readString(tag))
        case .objectReference: return try readReference()
        case .padding, .hole, .version, .endObject, .endSparseArray, .endDenseArray, .endMap, .endSet:
            throw reader.malformed("tag \(tag.rawValue) where a value begins")
        default: return try readObject(tag)
        }
    }

    private mutating func readObject(_ tag: V8Tag) throws(ClusterError) -> V8Value {
        guard depth < V8Value.deepest else {
            throw ClusterError(
                .invalidArgument, .nestedTooDeeply, "the message nests deeper than \(V8Value.deepest) levels")
        }
        try take(Weight.object)
        depth += 1
        defer { depth -= 1 }
        if tag == .hostObject { return try readHostObject() }
        beginObject()
        switch tag {
        case .beginObject: return .object(try readProperties(until: .endObject))
        case .beginDenseArray: return .array(try readDenseArray())
        case .beginSparseArray: return .array(try readSparseArray())
        case .beginMap: return .map(try readMap())
        case .beginSet: return .set(try readSet())
        case .date: return .date(DateText.clip(try reader.double()))
        case .regExp: return .regExp(try readRegExp())
        case .error: return .error(try readError())
        case .arrayBuffer: return try readArrayBuffer(isResizable: false)
        case .resizableArrayBuffer: return try readArrayBuffer(isResizable: true)
        case .trueObject: return .booleanObject(true)
        case .falseObject: return .booleanObject(false)
        case .numberObject: return .numberObject(try reader.double())
        case .bigIntObject: return .bigIntObject(try readBigInt())
        case .stringObject: return .stringObject(try readString(try reader.tag()))
        default: throw reader.malformed("tag \(tag.rawValue) where an object begins")
        }
    }

    /// Gives the next object its number and the next id.
    mutating func beginObject() {
        objectNumbers.append(objectCount)
        objectCount += 1
    }

    /// Gives the next id to the object that begins after this one.
    mutating func beginWrapper() {
        objectNumbers.append(objectCount)
    }

    private mutating func readReference() throws(ClusterError) -> V8Value {
        let id = Int(try reader.varint())
        guard id < objectNumbers.count, objectNumbers[id] < objectCount else {
            throw reader.malformed("a reference to object \(id), which does not exist")
        }
        return .reference(objectNumbers[id])
    }
}

/// About what things weigh in memory, in bytes, on top of what holds them.
private enum Weight {
    static let value = 16
    /// The content of a value that is more than a number.
    static let object = 48
    /// A key's text, the property, and what finds it again among the others.
    static let key = 128
}
