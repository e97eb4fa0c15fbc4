// SPDX-License-Identifier: Apache-2.0

import Shared
import Testing

@testable import Cluster

@Suite struct V8DeserializerTests {
    @Test(arguments: [
        "", "ff", "ff0f", "0f30", "ff0c30", "ff1030", "ff8f8080808030",  // header
        "ff0f3030", "ff0f3000",  // more behind the value
        "ff0f51", "ff0f2d", "ff0f7b00", "ff0f3f0130",  // no value begins so
        "ff0f49", "ff0f49ffffffffff", "ff0f49ffffffff7f", "ff0f55808080808000",  // varints
        "ff0f4e00", "ff0f4e00000000000000",  // doubles
        "ff0f5a", "ff0f5a10", "ff0f5affffffff0f00",  // BigInts
        "ff0f2202 61", "ff0f22ffffffff0f61", "ff0f630161", "ff0f63046100", "ff0f5301",  // strings
        "ff0f5e00", "ff0f6f2201615e017b01", "ff0f5effffffff0f",  // references to nothing
        "ff0f6f", "ff0f6f7b", "ff0f6f7b01", "ff0f6f22016130", "ff0f6f220161307b02", "ff0f6f3030 7b01",  // objects
        "ff0f6f2201613022016130 7b02", "ff0f6f4902302201313 07b02",  // a key twice, as string and as number
        "ff0f6f4e000000000000f83f307b01",  // the key 1.5
        "ff0f4105", "ff0f41ffffffff0f", "ff0f41013024", "ff0f4101302400", "ff0f410130240002", "ff0f410130240101",
        "ff0f410130490030240101",  // an element twice
        "ff0f6101490230400101", "ff0f610249003049003040 0202", "ff0f61ffffffff0f",  // sparse arrays
        "ff0f3b", "ff0f3b30", "ff0f3b30303a01", "ff0f3b303a01", "ff0f27302c02", "ff0f27",  // maps and sets
        "ff0f5222016180 04", "ff0f522201619002", "ff0f523000", "ff0f5222",  // regular expressions
        "ff0f4205010203", "ff0f7e0302000000", "ff0f42ffffffff0f",  // buffers
        "ff0f5c", "ff0f5c02", "ff0f5c00ff01", "ff0f5c000e00", "ff0f5c00080101", "ff0f5c000105",  // host objects
        "ff0f5c0130", "ff0f5c015e00", "ff0f5c016f7b01",
        "ff0f72", "ff0f727a", "ff0f726d30", "ff0f726d2201616d2201612e", "ff0f7263306330 2e", "ff0f7263",  // errors
        "ff0f73", "ff0f7330", "ff0f6e00", "ff0f7a",  // boxed
        "ff0f7400", "ff0f7500", "ff0f7000", "ff0f7700",  // what a channel cannot carry
        "ff0f420100560042000100",  // a view as V8 itself writes it
    ])
    func `a malformed message is refused`(_ hex: String) throws {
        let message = NodeChannel.bytes(hex: hex.filter { $0 != " " })
        let error = try #require(throws: ClusterError.self) { try decode(message) }
        #expect(error.reason == .malformedSerialization)
    }

    /// Numbers, strings, empty objects, empty arrays, and properties `a`, `b`, … of one object.
    @Test(arguments: ["4900", "220161", "6f7b00", "4100240000", "22016x30"])
    func `a message takes no more memory than allowed`(_ element: String) throws {
        let count = 100
        let elements = (0..<count).map { element.replacing("x", with: String($0 % 10)) }.joined()
        let isObject = element.contains("x")
        let body =
            isObject ? "6f" + elements : "41" + String(count, radix: 16) + elements + "2400" + String(count, radix: 16)
        let message = NodeChannel.bytes(hex: "ff0f" + body)
        let error = try #require(throws: ClusterError.self) {
            try message.withUnsafeBytes { bytes in
                _ = try V8Deserializer.deserialize(bytes, room: 900)
            }
        }
        #expect(error.reason == .messageTooLarge)
    }

    @Test(arguments: [false, true])
    func `an error does not quote a key, which may be long`(isArray: Bool) throws {
        let key = V8String(String(repeating: "k", count: 1 << 20))
        let property = V8Property(key: key, value: .null)
        let twice = [property, property]
        let value: V8Value =
            isArray ? .array(V8Array(length: 0, elements: [], properties: twice)) : .object(twice)
        let error = try #require(throws: ClusterError.self) { try decode(V8Serializer.serialize(value)) }
        #expect(error.reason == .malformedSerialization && error.message.utf8.count < 200)
    }

    @Test func `after a hole, each element of an array counts as a key`() throws {
        let count: UInt32 = 250_000
        var writer = V8Writer()
        writer.tag(.version)
        writer.varint(15)
        writer.tag(.beginDenseArray)
        writer.varint(count)
        writer.tag(.hole)
        let message = writer.bytes + [UInt8](repeating: V8Tag.null.rawValue, count: Int(count) - 1)
        let error = try #require(throws: ClusterError.self) {
            try message.withUnsafeBytes { bytes in
                // As 4 million elements in the usual room, but tests are not optimized. The values alone would find room.
                _ = try V8Deserializer.deserialize(bytes, room: V8Deserializer.standardRoom / 16)
            }
        }
        #expect(error.reason == .messageTooLarge)
        #expect(throws: Never.self) { try decode(hex: "ff0f4103 2d 30 30 240003") }
    }

    @Test(arguments: [0x0D, 0x0E, 0x0F] as [UInt8])
    func `versions with host object tags are read`(_ version: UInt8) throws {
        #expect(try decode([0xFF, version, 0x30]) == .null)
    }

    @Test func `tags that V8 itself no longer writes are read`() throws {
        #expect(try decode(hex: "ff0f55ffffffff0f") == .number(4_294_967_295))
        #expect(try decode(hex: "ff0f5303c3a961") == .string("éa"))
        #expect(try decode(hex: "ff0f0000005f") == .undefined)
        #expect(try decode(hex: "ff0f410330 2d 30240003") == decode(hex: "ff0f6103490030490430400203"))
    }

    @Test func `every shortened message is refused`() throws {
        let message = V8Serializer.serialize(
            .object([
                V8Property(key: "a", value: .map([V8MapEntry(key: .string("日"), value: .set([.number(0.5)]))])),
                V8Property(
                    key: "b", value: .error(V8Error(kind: .rangeError, message: "m", cause: .view(.buffer, [1])))),
            ]))
        for length in 0..<message.count {
            #expect(throws: ClusterError.self) { try decode(Array(message.prefix(length))) }
        }
    }

    @Test func `a host object is the object that it wraps`() throws {
        // [host {p: 1}, {}, ^2, ^1, ^3] where ids 1 and 2 are the wrapper and what it wraps.
        let value = try decode(hex: "ff0f4105 5c016f 220170 4902 7b01 6f7b00 5e02 5e01 5e03 240005")
        let wrapped = V8Value.object([V8Property(key: "p", value: .number(1))])
        #expect(value == .array(V8Array([wrapped, .object([]), .reference(1), .reference(1), .reference(2)])))
    }

    @Test func `containers nest up to the limit and not one level deeper`() throws {
        let limit = V8Value.deepest
        #expect(throws: Never.self) { try decode(nestedArrays(limit)) }
        #expect(throws: ClusterError.self) { try decode(nestedArrays(limit + 1)) }
        #expect(throws: ClusterError.self) { try decode(nestedArrays(1_000_000)) }
        #expect(throws: ClusterError.self) { try decode([0xFF, 0x0F] + [UInt8](repeating: 0x72, count: 100_000)) }
        let errors = Array(repeating: [0x72, 0x63] as [UInt8], count: 100_000).flatMap { $0 }
        #expect(throws: ClusterError.self) { try decode([0xFF, 0x0F] + errors) }
        let hosts = Array(repeating: [0x5C, 0x01, 0x6F, 0x22, 0x00] as [UInt8], count: 100_000).flatMap { $0 }
        #expect(throws: ClusterError.self) { try decode([0xFF, 0x0F] + hosts) }
    }

    @Test func `the deepest message keeps its JSON form, but the deepest of maps has none`() throws {
        let deepest = try decode(nestedArrays(V8Value.deepest))
        #expect(try V8Value(json: deepest.jsonText()) == deepest)
        let maps = (0..<V8Value.deepest).reduce(V8Value.null) { value, _ in
            .map([V8MapEntry(key: .null, value: value)])
        }
        let value = try decode(V8Serializer.serialize(maps))
        let error = try #require(throws: ClusterError.self) { try value.jsonText() }
        #expect(error.reason == .nestedTooDeeply)
    }

    @Test func `a value is small, because one byte can make one`() {
        #expect(MemoryLayout<V8Value>.stride == 16)
    }

    @Test func `a repeated key is found in an object of many keys`() throws {
        let keys = (0..<5000).map { V8String("k\($0)") }
        let properties = keys.map { V8Property(key: $0, value: .null) }
        #expect(try decode(V8Serializer.serialize(.object(properties))) == .object(properties))
        for doubled in [0, 7, 8, 9, 4999] {
            let message = V8Serializer.serialize(.object(properties + [properties[doubled]]))
            #expect(throws: ClusterError.self) { try decode(message) }
        }
    }

    private func nestedArrays(_ levels: Int) -> [UInt8] {
        var message: [UInt8] = [0xFF, 0x0F]
        for _ in 1..<levels { message += [0x41, 1] }
        message += [0x41, 0, 0x24, 0, 0]
        for _ in 1..<levels { message += [0x24, 0, 1] }
        return message
    }

    private func decode(hex: String) throws -> V8Value {
        try decode(NodeChannel.bytes(hex: hex.filter { $0 != " " }))
    }

    @discardableResult
    private func decode(_ message: [UInt8]) throws -> V8Value {
        try message.withUnsafeBytes { try V8Deserializer.deserialize($0) }
    }
}
