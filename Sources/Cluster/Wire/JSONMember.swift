// SPDX-License-Identifier: Apache-2.0

/// One member of a JSON object, as it was written.
package enum JSONMember {
    /// The text of a member's value: numbers with all their digits, fields in their order.
    ///
    /// - Parameters:
    ///   - name: compared with the bytes between the quotes, so one that is written with escapes is not found.
    ///   - object: a JSON object in UTF-8.
    /// - Returns: nil where there is no such member or no object. Of equal names the first counts, as for JSONDecoder.
    package static func text(of name: String, in object: [UInt8]) -> [UInt8]? {
        object.withUnsafeBytes { text in
            var found: Range<Int>?
            let isObject = JSONScanner.forEachMember(text) { key, value in
                if found == nil, key.elementsEqual(name.utf8) { found = value }
            }
            return isObject ? found.map { Array(text[$0]) } : nil
        }
    }
}
