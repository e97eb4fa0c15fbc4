// SPDX-License-Identifier: Apache-2.0

/// Gathers properties in order and finds a key that is there already, however many there are.
struct V8PropertyList {
    private(set) var properties: [V8Property] = []
    /// Finds keys by their hashes, which are compared faster and take less room. Kept only beyond `linearLimit`: most
    /// objects are small.
    private var places: [Int: Int] = [:]
    /// Keys whose hash another key has. Hashes have 64 bits and a seed that nobody knows, so there are hardly any.
    private var others: [Int] = []
    private static let linearLimit = 8

    /// False, and nothing done, if the key is there.
    mutating func insert(_ key: V8String, _ value: V8Value) -> Bool {
        let hash = hash(of: key)
        guard place(of: key, hash) == nil else { return false }
        append(key, hash, value)
        return true
    }

    /// The last one wins and keeps the place of the first, as with `JSON.parse`.
    mutating func set(_ key: V8String, _ value: V8Value) {
        let hash = hash(of: key)
        if let place = place(of: key, hash) {
            properties[place].value = value
        } else {
            append(key, hash, value)
        }
    }

    /// Nil while none is needed.
    private func hash(of key: V8String) -> Int? {
        properties.count >= Self.linearLimit ? key.hashValue : nil
    }

    private func place(of key: V8String, _ hash: Int?) -> Int? {
        guard let hash, properties.count > Self.linearLimit else { return properties.firstIndex { $0.key == key } }
        guard let place = places[hash] else { return nil }
        return properties[place].key == key ? place : others.first { properties[$0].key == key }
    }

    private mutating func append(_ key: V8String, _ hash: Int?, _ value: V8Value) {
        properties.append(V8Property(key: key, value: value))
        guard let hash else { return }
        if properties.count == Self.linearLimit + 1 {
            for place in 0..<Self.linearLimit { note(place, properties[place].key.hashValue) }
        }
        note(properties.count - 1, hash)
    }

    private mutating func note(_ place: Int, _ hash: Int) {
        guard let earlier = places.updateValue(place, forKey: hash) else { return }
        places[hash] = earlier
        others.append(place)
    }
}
