// SPDX-License-Identifier: Apache-2.0

/// The bytes that begin and end a value on the wire (`SerializationTag` of V8's value-serializer, version 15).
///
/// Tags that Node cannot send over a channel are missing here and so are malformed: shared and transferred buffers,
/// WebAssembly, and V8's own views, because Node writes each view as a host object.
enum V8Tag: UInt8 {
    case padding = 0x00
    case hole = 0x2D  // -
    case undefined = 0x5F  // _
    case null = 0x30  // 0
    case `true` = 0x54  // T
    case `false` = 0x46  // F
    /// Zigzag varint.
    case int32 = 0x49  // I
    /// Varint.
    case uint32 = 0x55  // U
    case double = 0x4E  // N
    /// Bit field (sign, byte length << 1), then the digits.
    case bigInt = 0x5A  // Z
    /// Byte length, then the bytes. The same holds for the next two.
    case utf8String = 0x53  // S
    case oneByteString = 0x22  // "
    case twoByteString = 0x63  // c
    /// The number of the object.
    case objectReference = 0x5E  // ^
    case beginObject = 0x6F  // o
    /// Number of properties.
    case endObject = 0x7B  // {
    /// Length, then keys and values.
    case beginSparseArray = 0x61  // a
    /// Number of properties, length.
    case endSparseArray = 0x40  // @
    /// Length, elements, then keys and values.
    case beginDenseArray = 0x41  // A
    /// Number of properties, length.
    case endDenseArray = 0x24  // $
    case date = 0x44  // D
    case trueObject = 0x79  // y
    case falseObject = 0x78  // x
    case numberObject = 0x6E  // n
    case bigIntObject = 0x7A  // z
    case stringObject = 0x73  // s
    /// Source as a string value, flags.
    case regExp = 0x52  // R
    case beginMap = 0x3B  // ;
    /// Twice the number of entries.
    case endMap = 0x3A  // :
    case beginSet = 0x27  // '
    /// Number of values.
    case endSet = 0x2C  // ,
    /// Byte length, bytes.
    case arrayBuffer = 0x42  // B
    /// Byte length, largest byte length, bytes.
    case resizableArrayBuffer = 0x7E  // ~
    /// Node's: 0, kind, byte length, bytes of a view; or 1 and a plain object.
    case hostObject = 0x5C  // \
    case error = 0x72  // r
    case version = 0xFF

    /// The versions that are read: host objects have a tag since 13. The last one is written.
    static let versions: ClosedRange<UInt32> = 13...15
}
