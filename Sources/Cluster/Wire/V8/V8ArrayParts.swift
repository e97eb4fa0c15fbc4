// SPDX-License-Identifier: Apache-2.0

/// Puts an array together from its keys and values, in whatever order they come.
struct V8ArrayParts {
    let length: UInt32
    private var elements: [V8Value] = []
    private var list = V8PropertyList()

    init(length: UInt32) {
        self.length = length
    }

    var array: V8Array {
        V8Array(length: length, elements: elements, properties: list.properties)
    }

    /// False, and nothing done, if the key is there or is an index behind the end.
    mutating func insert(_ key: V8String, _ value: V8Value) -> Bool {
        key.arrayIndex.map { insert($0, value) } ?? list.insert(key, value)
    }

    /// Whether an element at this index needs no key. Behind a property each has one: the order is that in which objects
    /// are numbered.
    func isNext(_ index: UInt32) -> Bool {
        index == elements.count && list.properties.isEmpty
    }

    mutating func insert(_ index: UInt32, _ value: V8Value) -> Bool {
        guard index < length, index >= elements.count else { return false }
        if isNext(index) {
            elements.append(value)
            return true
        }
        return list.insert(V8String(index: index), value)
    }
}
