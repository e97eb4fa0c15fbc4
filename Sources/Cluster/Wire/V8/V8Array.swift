// SPDX-License-Identifier: Apache-2.0

/// A JavaScript array: elements without a hole from index 0 on, and everything else by key.
///
/// Behind the first hole an element is a property whose key is its index, so a sparse array takes no room for its holes.
struct V8Array: Equatable, Sendable {
    /// At least `elements.count`.
    var length: UInt32
    var elements: [V8Value]
    /// First the elements behind the first hole, then what else was set on the array.
    var properties: [V8Property] = []

    /// Whether JSON can write it as an array.
    var isPlain: Bool { properties.isEmpty && length == elements.count }

    init(length: UInt32, elements: [V8Value], properties: [V8Property]) {
        self.length = length
        self.elements = elements
        self.properties = properties
    }

    init(_ elements: [V8Value]) {
        self.init(length: UInt32(elements.count), elements: elements, properties: [])
    }
}
