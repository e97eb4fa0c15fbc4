// SPDX-License-Identifier: Apache-2.0

import FoundationEssentials

extension Event {
    /// The event in the API's form: one line of JSON in UTF-8, with its data in their own words.
    public func json() throws -> [UInt8] {
        guard case .text(let text) = data else { return [UInt8](try Self.encoder.encode(self)) }
        var rest = self
        rest.data = [:]
        let json = try Self.encoder.encode(rest)
        // The first of the fields, because they are sorted.
        let empty = #"{"data":{}"#.utf8
        precondition(json.starts(with: empty), "an event's JSON begins with its data")
        return Array(#"{"data":"#.utf8) + text + json.dropFirst(empty.count)
    }

    /// Made each time, because it is not a value type.
    static var encoder: JSONEncoder {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.withoutEscapingSlashes, .sortedKeys]
        return encoder
    }
}
