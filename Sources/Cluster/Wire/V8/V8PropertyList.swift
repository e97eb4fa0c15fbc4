// SPDX-License-Identifier: Apache-2.0

/// Gathers properties in order and finds a key that is there already, however many there are.
struct V8PropertyList {
    private(set) var properties: [V8Property] = []
    /// Kept only beyond `linearLimit`: most objects are small, and comparing a few keys is faster than hashing them.
    private var places: [V8String: Int] = [:]
    private static let linearLimit = 8

    /// False, and nothing done, if the key is there.
    mutating func insert(_ key: V8String, _ value: V8Value) -> Bool {
        guard place(of: key) == nil else { return false }
        append(key, value)
        return true
    }

    /// The last one wins and keeps the place of the first, as with `JSON.parse`.
    mutating func set(_ key: V8String, _ value: V8Value) {
        if let place = place(of: key) {
            properties[place].value = value
        } else {
            append(key, value)
        }
    }

    private func place(of key: V8String) -> Int? {
        properties.count > Self.linearLimit ? places[key] : properties.firstIndex { $0.key == key }
    }

    private mutating func append(_ key: V8String, _ value: V8Value) {
        properties.append(V8Property(key: key, value: value))
        if properties.count == Self.linearLimit + 1 {
            for (place, property) in properties.enumerated() { places[property.key] = place }
        } else if properties.count > Self.linearLimit {
            places[key] = properties.count - 1
        }
    }
}
