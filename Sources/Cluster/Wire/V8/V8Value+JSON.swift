// SPDX-License-Identifier: Apache-2.0

import Shared

/// The JSON form of values for clients of the API: docs/advanced-serialization.md.
extension V8Value {
    /// The key that makes an object stand for something that JSON lacks.
    static let typeKey: V8String = "$type"

    /// Reads the JSON form.
    /// - Throws: `MALFORMED_JSON`; `INVALID_FIELD` or `UNKNOWN_FIELD` if an object with a `$type` is not as documented.
    init(json text: UnsafeRawBufferPointer) throws(ClusterError) {
        var parser = JSONParser(text)
        let value = try parser.parse()
        guard parser.hasTypeKey else {
            self = value
            return
        }
        var reader = AnnotationReader()
        self = try reader.resolve(value)
    }

    init(json text: [UInt8]) throws(ClusterError) {
        // withUnsafeBytes rethrows untyped errors, hence the result.
        self = try text.withUnsafeBytes { text in
            Result { () throws(ClusterError) in try V8Value(json: text) }
        }.get()
    }

    /// The JSON form, in UTF-8: one well-formed value that reads back as this one.
    /// - Parameter room: the most bytes that it may take.
    /// - Throws: `NESTED_TOO_DEEPLY` if the text would nest deeper than `deepest`, `MESSAGE_TOO_LARGE`.
    func jsonText(room: Int = .max) throws(ClusterError) -> [UInt8] {
        var writer = AnnotationWriter(for: self, room: room)
        return try writer.text(of: self)
    }
}
