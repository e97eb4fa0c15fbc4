// SPDX-License-Identifier: Apache-2.0

/// What a worker has printed, made fit for where it is shown.
public enum PrintedText {
    /// Colours stay at a terminal that takes them, and are left out elsewhere. What else a terminal would obey is spelled out.
    public static func shown(_ line: String, inColour: Bool) -> String {
        let line = line.hasSuffix("\r") ? String(line.dropLast()) : line
        guard line.utf8.contains(where: { $0 < 0x20 || $0 >= 0x7F }) else { return line }
        var shown = ""
        var hasColour = false
        var rest = Substring(line)
        while let escape = rest.unicodeScalars.firstIndex(of: "\u{1B}") {
            shown += plain(rest[..<escape])
            rest = rest[escape...]
            if let end = colourEnd(rest.unicodeScalars) {
                if inColour {
                    shown += rest[..<end]
                    hasColour = true
                }
                rest = rest[end...]
            } else {
                shown += "\\u{1b}"
                rest = Substring(rest.unicodeScalars.dropFirst())
            }
        }
        return shown + plain(rest) + (hasColour ? "\u{1B}[0m" : "")
    }

    /// Tabs stay: they are part of how lines look.
    private static func plain(_ text: Substring) -> String {
        text.split(separator: "\t", omittingEmptySubsequences: false).map { TerminalSafe.text(String($0)) }
            .joined(separator: "\t")
    }

    /// Where a sequence that only sets colours ends: `ESC [ 1 ; 31 m`. Nil if it is another one.
    private static func colourEnd(_ text: Substring.UnicodeScalarView) -> Substring.Index? {
        var rest = text.dropFirst()
        guard rest.first == "[" else { return nil }
        rest = rest.dropFirst()
        // Longer ones set no colour.
        for _ in 0..<32 {
            guard let scalar = rest.first else { return nil }
            rest = rest.dropFirst()
            if scalar == "m" { return rest.startIndex }
            guard ("0"..."9").contains(scalar) || scalar == ";" || scalar == ":" else { return nil }
        }
        return nil
    }
}
