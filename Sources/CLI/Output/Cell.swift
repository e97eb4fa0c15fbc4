// SPDX-License-Identifier: Apache-2.0

/// One field of a table.
struct Cell: Hashable, Sendable, ExpressibleByStringLiteral {
    /// The field's meaning, which a terminal shows as a colour.
    enum Tone: Hashable, Sendable {
        case plain, good, doubtful, bad
    }

    var text: String
    var tone = Tone.plain

    init(_ text: String, tone: Tone = .plain) {
        self.text = TerminalText.safe(text)
        self.tone = tone
    }

    init(stringLiteral value: String) {
        self.init(value)
    }

    /// A dash for a missing value.
    init(_ value: (some CustomStringConvertible)?) {
        self.init(value?.description ?? "-")
    }

    /// Select Graphic Rendition (ECMA-48, 8.3.117).
    func coloured(_ shown: String) -> String {
        switch tone {
        case .plain: shown
        case .good: "\u{1B}[32m\(shown)\u{1B}[0m"
        case .doubtful: "\u{1B}[33m\(shown)\u{1B}[0m"
        case .bad: "\u{1B}[31m\(shown)\u{1B}[0m"
        }
    }
}
