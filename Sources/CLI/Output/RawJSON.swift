// SPDX-License-Identifier: Apache-2.0

internal import FoundationEssentials
internal import Shared

/// A JSON value in its original bytes, known to be well-formed (RFC 8259).
///
/// The agent's JSON is passed on as it is: numbers keep their digits, and objects their order.
struct RawJSON: Hashable, Sendable {
    let bytes: ArraySlice<UInt8>

    /// Nil unless `bytes` are one JSON value in UTF-8, with or without white space around it.
    init?(_ bytes: some Sequence<UInt8>) {
        let bytes = Array(bytes)
        guard let value = JSONOutline.whole(bytes[...]) else { return nil }
        self.bytes = value
    }

    /// For bytes that the scanner has just found.
    private init(scanned bytes: ArraySlice<UInt8>) {
        self.bytes = bytes
    }

    /// A value of our own. The same value gives the same bytes.
    init(encoding value: some Encodable) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.withoutEscapingSlashes, .sortedKeys]
        bytes = Array(try encoder.encode(value))[...]
    }

    /// An object of our own, with its members in this order.
    init(object members: [(name: String, value: RawJSON)]) throws {
        var bytes: [UInt8] = [UInt8(ascii: "{")]
        for (index, member) in members.enumerated() {
            if index > 0 { bytes.append(UInt8(ascii: ",")) }
            bytes += try RawJSON(encoding: member.name).bytes
            bytes.append(UInt8(ascii: ":"))
            bytes += member.value.bytes
        }
        bytes.append(UInt8(ascii: "}"))
        self.bytes = bytes[...]
    }

    init(array elements: [RawJSON]) {
        self.bytes = (Array("[".utf8) + elements.map(\.bytes).joined(separator: ",".utf8) + Array("]".utf8))[...]
    }

    /// The members of an object in their order. Nil if this is not an object. A name that no string can hold, such as
    /// half of a surrogate pair, is left out.
    var members: [(name: String, value: RawJSON)]? {
        JSONOutline.members(bytes)?.compactMap { name, value in
            RawJSON(scanned: name).string.map { ($0, RawJSON(scanned: value)) }
        }
    }

    /// The elements of an array. Nil if this is not an array.
    var elements: [RawJSON]? { elements(atMost: .max) }

    /// The first elements of an array: `limit` of them, and one more if there are more.
    func elements(atMost limit: Int) -> [RawJSON]? {
        JSONOutline.elements(bytes, atMost: limit)?.map(RawJSON.init(scanned:))
    }

    /// The same value in memory of its own. Otherwise a part keeps the whole that it was found in.
    var detached: RawJSON { RawJSON(scanned: Array(bytes)[...]) }

    /// A member of an object. If the name occurs several times, the last one.
    subscript(name: String) -> RawJSON? {
        members?.last { $0.name == name }?.value
    }

    /// This string's characters. Nil if this is not a string.
    var string: String? {
        guard bytes.first == UInt8(ascii: "\"") else { return nil }
        // Nearly all strings have no escapes, and a decoder costs more than everything else here.
        return bytes.contains(UInt8(ascii: "\\"))
            ? decoded() : String(decoding: bytes.dropFirst().dropLast(), as: UTF8.self)
    }

    var integer: Int64? { decoded() }

    /// Whether it nests deeper than `limit`.
    func nestsDeeper(than limit: Int) -> Bool { JSONText.levels(of: bytes) > limit }

    /// On one line. Line breaks occur only outside of strings, where they are white space.
    var oneLine: [UInt8] {
        bytes.filter { $0 != UInt8(ascii: "\n") && $0 != UInt8(ascii: "\r") }
    }

    /// Nil if `Value` expects something else.
    func decoded<Value: Decodable>(as type: Value.Type = Value.self) -> Value? {
        try? JSONDecoder().decode(type, from: Data(bytes))
    }
}
