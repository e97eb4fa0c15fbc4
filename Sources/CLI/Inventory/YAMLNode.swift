// SPDX-License-Identifier: Apache-2.0

/// A value in a YAML file, with its position.
struct YAMLNode: Sendable {
    enum Content: Sendable {
        case null
        case scalar(String)
        case sequence([YAMLNode])
        case mapping([(key: YAMLNode, value: YAMLNode)])
    }

    let content: Content
    /// Counts from 0.
    let line: Int
    /// Counts from 0.
    let column: Int

    var isNull: Bool {
        if case .null = content { true } else { false }
    }

    /// The text of a scalar, whatever it looks like: a host may be called `yes`.
    var string: String? {
        if case .scalar(let text) = content { text } else { nil }
    }

    var elements: [YAMLNode]? {
        if case .sequence(let elements) = content { elements } else { nil }
    }

    var members: [(key: YAMLNode, value: YAMLNode)]? {
        if case .mapping(let members) = content { members } else { nil }
    }

    /// A mapping's member of this name.
    subscript(name: String) -> (key: YAMLNode, value: YAMLNode)? {
        members?.first { $0.key.string == name }
    }

    /// Plain text that is safe in YAML, also for readers that guess types. Otherwise a quoted scalar.
    static func written(_ text: String) throws -> String {
        let isPlain = text.utf8.allSatisfy { byte in
            let scalar = Unicode.Scalar(byte)
            return byte < 0x80 && (scalar.properties.isAlphabetic || scalar.properties.numericType != nil)
                || "/._-:".utf8.contains(byte)
        }
        let beginsWell = text.unicodeScalars.first.map { $0.properties.isAlphabetic || $0 == "/" } ?? false
        let meansMore = ["y", "n", "yes", "no", "on", "off", "true", "false", "null"].contains(text.lowercased())
        if isPlain, beginsWell, !meansMore, !text.hasSuffix(":") { return text }
        // JSON's strings are YAML's double-quoted scalars.
        return String(decoding: try RawJSON(encoding: text).bytes, as: UTF8.self)
    }
}
