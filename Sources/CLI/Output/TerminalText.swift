// SPDX-License-Identifier: Apache-2.0

internal import Shared

/// Text from outside, made safe for a terminal.
enum TerminalText {
    /// See `TerminalSafe`.
    static func safe(_ text: String) -> String { TerminalSafe.text(text) }

    /// A text of several lines, each made safe.
    static func safeLines(_ text: String) -> String {
        text.split(separator: "\n", omittingEmptySubsequences: false).map { safe(String($0)) }.joined(separator: "\n")
    }

    /// See `TerminalSafe`.
    static func safeJSON(_ json: [UInt8]) -> [UInt8] { TerminalSafe.json(json) }

    /// How many columns the text takes. Wide characters take two.
    static func width(_ text: String) -> Int {
        if text.utf8.allSatisfy({ $0 < 0x80 }) { return text.utf8.count }
        return text.reduce(0) { $0 + width($1) }
    }

    /// At most `width` columns. The last one is `…` if something is left out.
    static func fitting(_ text: String, width limit: Int) -> String {
        guard width(text) > limit else { return text }
        guard limit > 0 else { return "" }
        var kept = ""
        var used = 0
        for character in text {
            used += width(character)
            guard used <= limit - 1 else { break }
            kept.append(character)
        }
        return kept + "…"
    }

    /// Like ``fitting(_:width:)``, but a path loses its beginning, because its end tells it from others.
    static func fittingPath(_ text: String, width limit: Int) -> String {
        guard isPath(text) else { return fitting(text, width: limit) }
        guard width(text) > limit else { return text }
        return String(fitting(String(text.reversed()), width: limit).reversed())
    }

    static func isPath(_ text: String) -> Bool { text.hasPrefix("/") || text.hasPrefix("unix:/") }

    private static func width(_ character: Character) -> Int {
        guard let scalar = character.unicodeScalars.first else { return 0 }
        switch scalar.value {
        // East Asian Wide and Fullwidth (UAX #11), the blocks that matter, and emoji.
        case 0x1100...0x115F, 0x2E80...0x303E, 0x3041...0xA4CF, 0xAC00...0xD7A3, 0xF900...0xFAFF, 0xFE30...0xFE6F,
            0xFF00...0xFF60, 0xFFE0...0xFFE6, 0x1F300...0x1F64F, 0x1F680...0x1F6FF, 0x1F900...0x1F9FF,
            0x20000...0x3FFFD:
            return 2
        default: return scalar.properties.generalCategory == .nonspacingMark ? 0 : 1
        }
    }
}
