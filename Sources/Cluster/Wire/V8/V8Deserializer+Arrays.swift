// SPDX-License-Identifier: Apache-2.0

import Shared

extension V8Deserializer {
    mutating func readDenseArray() throws(ClusterError) -> V8Array {
        let length = try reader.varint()
        // Each element takes at least a byte, so a larger length is wrong.
        guard Int(length) <= reader.remaining else { throw reader.malformed("an array longer than what is left") }
        var parts = V8ArrayParts(length: length)
        for index in 0..<length where try !reader.take(.hole) {
            if !parts.isNext(index) { try takeKey() }
            guard parts.insert(index, try readValue()) else {
                throw reader.malformed("index \(index) comes twice")
            }
        }
        try readProperties(into: &parts, until: .endDenseArray)
        return parts.array
    }

    /// V8 writes an array in this way if it ever had a hole, even if it has none any more.
    mutating func readSparseArray() throws(ClusterError) -> V8Array {
        var parts = V8ArrayParts(length: try reader.varint())
        try readProperties(into: &parts, until: .endSparseArray)
        return parts.array
    }

    private mutating func readProperties(into parts: inout V8ArrayParts, until end: V8Tag) throws(ClusterError) {
        var count = 0
        while try !reader.take(end) {
            let key = try readKey()
            guard parts.insert(key, try readValue()) else {
                throw reader.malformed("a key comes twice or is behind the array's end")
            }
            count += 1
        }
        guard Int(try reader.varint()) == count, try reader.varint() == parts.length else {
            throw reader.malformed("the number of properties or the length of an array is wrong")
        }
    }
}
