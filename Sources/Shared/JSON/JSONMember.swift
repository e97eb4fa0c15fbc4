// SPDX-License-Identifier: Apache-2.0

/// The members of a JSON object, as they were written.
package enum JSONMember {
    /// The text of a member's value: numbers with all their digits, fields in their order.
    ///
    /// - Parameters:
    ///   - name: compared with the bytes between the quotes, so one that is written with escapes is not found.
    ///   - object: a JSON object in UTF-8.
    /// - Returns: nil if there is no such member or no object. The first of equal names counts, as for JSONDecoder.
    package static func text(of name: String, in object: [UInt8]) -> [UInt8]? {
        object.withUnsafeBytes { text in
            var found: Range<Int>?
            let isObject = JSONScanner.forEachMember(text) { key, value in
                if found == nil, key.elementsEqual(name.utf8) { found = value }
            }
            return isObject ? found.map { Array(text[$0]) } : nil
        }
    }

    /// The members of an object in their order: each name as it stands between its quotes, and the text of its value.
    ///
    /// - Returns: nil if this is not a JSON object.
    package static func all(of object: [UInt8]) -> [(name: [UInt8], value: [UInt8])]? {
        object.withUnsafeBytes { text in
            var members: [(name: [UInt8], value: [UInt8])] = []
            let isObject = JSONScanner.forEachMember(text) { key, value in
                members.append((Array(key), Array(text[value])))
            }
            return isObject ? members : nil
        }
    }

    /// The path of the first name that an object has twice, at whatever level: `env.PATH`, `a[2].b`.
    ///
    /// - Parameter text: a JSON value.
    /// - Returns: nil if there is none.
    package static func firstRepeat(in text: [UInt8]) -> String? {
        text.withUnsafeBytes(JSONScanner.firstRepeat)
    }

    /// Whether this is one JSON value of whatever kind.
    package static func isValue(_ text: [UInt8]) -> Bool {
        text.withUnsafeBytes(JSONScanner.validate)
    }
}
