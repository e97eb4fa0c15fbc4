// SPDX-License-Identifier: Apache-2.0

// How a patch stands in JSON: a field that is left out keeps its value, and null takes it back to its default.

extension KeyedDecodingContainer {
    func decodeChange<Value>(_ key: Key) throws -> SettingsPatch.Change<Value> {
        guard contains(key) else { return .keep }
        return try decodeNil(forKey: key) ? .reset : .set(decode(Value.self, forKey: key))
    }
}

extension KeyedEncodingContainer {
    mutating func encodeChange<Value>(_ change: SettingsPatch.Change<Value>, _ key: Key) throws {
        switch change {
        case .keep: break
        case .reset: try encodeNil(forKey: key)
        case .set(let value): try encode(value, forKey: key)
        }
    }
}
