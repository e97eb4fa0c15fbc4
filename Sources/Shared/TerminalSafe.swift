// SPDX-License-Identifier: Apache-2.0

/// Text from outside, made safe for a terminal. A worker's line or an agent's error may hold escape sequences, and a terminal
/// would obey them.
package enum TerminalSafe {
    /// Spells out control characters, and characters that change the direction of writing.
    package static func text(_ text: String) -> String {
        guard text.unicodeScalars.contains(where: isHarmful) else { return text }
        return text.unicodeScalars.reduce(into: "") { safe, scalar in
            switch scalar {
            case "\n": safe += "\\n"
            case "\r": safe += "\\r"
            case "\t": safe += "\\t"
            case let scalar where isHarmful(scalar): safe += "\\u{\(String(scalar.value, radix: 16))}"
            default: safe.unicodeScalars.append(scalar)
            }
        }
    }

    /// JSON with the same meaning, in which characters that steer a terminal are escapes. They occur only in strings:
    /// outside of strings the only control characters in JSON are tabs and line ends.
    package static func json(_ json: [UInt8]) -> [UInt8] {
        let text = String(decoding: json, as: UTF8.self)
        guard text.unicodeScalars.contains(where: { $0.value >= 0x7F && isHarmful($0) }) else { return json }
        var safe: [UInt8] = []
        safe.reserveCapacity(json.count)
        for scalar in text.unicodeScalars {
            guard scalar.value >= 0x7F, isHarmful(scalar) else {
                safe += UTF8.encode(scalar).map(Array.init) ?? []
                continue
            }
            for unit in UTF16.encode(scalar).map(Array.init) ?? [] {
                let digits = String(unit, radix: 16)
                safe += Array(("\\u" + String(repeating: "0", count: 4 - digits.utf8.count) + digits).utf8)
            }
        }
        return safe
    }

    private static func isHarmful(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .control, .lineSeparator, .paragraphSeparator: true
        // Bidirectional marks, zero-width characters; the joiner is part of emoji.
        case .format: scalar != "\u{200D}"
        default: false
        }
    }
}
