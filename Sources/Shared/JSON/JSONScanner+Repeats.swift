// SPDX-License-Identifier: Apache-2.0

import FoundationEssentials

extension JSONScanner {
    /// A container that is open while its members are looked at.
    private enum Open {
        case object(names: Set<String>, name: String)
        case array(index: Int)

        /// As it stands in a path.
        var step: String {
            switch self {
            case .object(_, let name): ".\(name)"
            case .array(let index): "[\(index)]"
            }
        }
    }

    /// Deeper than anything that is decoded (JSONDecoder takes 512 levels). What lies deeper is not looked at.
    private static let deepest = 512

    /// The path of the first name that an object of the text has twice, such as `env.PATH` or `a[2].b`.
    ///
    /// - Parameter text: one well-formed value.
    /// - Returns: nil if there is none.
    static func firstRepeat(in text: UnsafeRawBufferPointer) -> String? {
        var scanner = JSONScanner(text)
        var open: [Open] = []
        while true {
            // A value begins here.
            if scanner.take(UInt8(ascii: "{")) {
                open.append(.object(names: [], name: ""))
                guard open.count <= deepest else { return nil }
                if scanner.peekBehindWhitespace() != UInt8(ascii: "}") {
                    guard let isRepeat = scanner.takeName(&open) else { return nil }
                    if isRepeat { return path(open) }
                    continue
                }
            } else if scanner.take(UInt8(ascii: "[")) {
                open.append(.array(index: 0))
                guard open.count <= deepest else { return nil }
                if scanner.peekBehindWhitespace() != UInt8(ascii: "]") { continue }
            } else {
                guard scanner.skipScalar() else { return nil }
            }
            // And has ended here, perhaps with what is around it.
            while !open.isEmpty {
                guard scanner.take(UInt8(ascii: ",")) else {
                    guard scanner.take(UInt8(ascii: "}")) || scanner.take(UInt8(ascii: "]")) else { return nil }
                    open.removeLast()
                    continue
                }
                // A set that is bound to a name here would be copied for each name.
                if case .array(let index)? = open.last {
                    open[open.count - 1] = .array(index: index + 1)
                } else {
                    guard let isRepeat = scanner.takeName(&open) else { return nil }
                    if isRepeat { return path(open) }
                }
                break
            }
            if open.isEmpty { return nil }
        }
    }

    /// Whether the innermost object has the name that comes next already. Nil if none comes.
    private mutating func takeName(_ open: inout [Open]) -> Bool? {
        guard case .object(var names, _)? = open.popLast(), let key = skipKey() else { return nil }
        let name = Self.name(UnsafeRawBufferPointer(rebasing: text[key]))
        let isNew = names.insert(name).inserted
        open.append(.object(names: names, name: name))
        return !isNew
    }

    /// - Parameter key: what stands between the quotes.
    private static func name(_ key: UnsafeRawBufferPointer) -> String {
        guard key.contains(UInt8(ascii: "\\")) else { return String(decoding: key, as: UTF8.self) }
        let quoted = Data([UInt8(ascii: "\"")] + key + [UInt8(ascii: "\"")])
        // Half of a surrogate pair stays as it is written.
        return (try? JSONDecoder().decode(String.self, from: quoted)) ?? String(decoding: key, as: UTF8.self)
    }

    private mutating func peekBehindWhitespace() -> UInt8? {
        skipWhitespace()
        return peek()
    }

    private mutating func skipScalar() -> Bool {
        switch peekBehindWhitespace() {
        case UInt8(ascii: "\""): skipString()
        case UInt8(ascii: "t"): skipLiteral("true")
        case UInt8(ascii: "f"): skipLiteral("false")
        case UInt8(ascii: "n"): skipLiteral("null")
        default: skipNumber()
        }
    }

    private static func path(_ open: [Open]) -> String {
        let path = open.map(\.step).joined()
        return path.hasPrefix(".") ? String(path.dropFirst()) : path
    }
}
