// SPDX-License-Identifier: Apache-2.0

/// A file of `NAME=VALUE` lines, as dotenv reads it. Other lines are errors here; dotenv skips them.
///
/// A line may begin with `export`. A value in `"`, `'` or a backquote may have several lines and may hold its quote behind a
/// backslash, which stays. In `"`, `\n` and `\r` are line ends. Without quotes, a value ends at `#` or at the end of its line, and
/// blanks around it do not count.
package struct EnvironmentFile {
    package struct Mistake: Error, Equatable {
        /// From 1.
        package let line: Int
        package let reason: String
    }

    private(set) var variables: [String: String] = [:]
    private var rest: Substring
    private var line = 1

    /// If a name comes twice, the last value counts.
    package static func variables(in text: String) throws(Mistake) -> [String: String] {
        // Swift takes a line end of two bytes for one character.
        let text = text.replacing("\r\n", with: "\n").replacing("\r", with: "\n")
        var file = EnvironmentFile(rest: text[...])
        while try file.takeLine() {}
        return file.variables
    }

    private init(rest: Substring) {
        self.rest = rest
    }

    /// False at the end.
    private mutating func takeLine() throws(Mistake) -> Bool {
        skipBlanks()
        guard let first = rest.first else { return false }
        if first == "#" { _ = takeRestOfLine() }
        if takeLineEnd() { return true }
        if rest.isEmpty { return false }
        if rest.hasPrefix("export"), rest.dropFirst(6).first.map(Self.isBlank) == true {
            rest.removeFirst(6)
            skipBlanks()
        }
        let name = String(rest.prefix { Self.isPartOfName($0) })
        rest.removeFirst(name.count)
        skipBlanks()
        guard !name.isEmpty, rest.first == "=" else { throw Mistake(line: line, reason: "this is not NAME=VALUE") }
        rest.removeFirst()
        skipBlanks()
        let value = try takeValue()
        guard !value.utf8.contains(0) else { throw Mistake(line: line, reason: "a value cannot hold a zero byte") }
        variables[name] = value
        return true
    }

    private mutating func takeValue() throws(Mistake) -> String {
        guard let quote = rest.first, ["\"", "'", "`"].contains(quote) else {
            let value = takeRestOfLine().prefix { $0 != "#" }
            return String(value.reversed().drop(while: Self.isBlank).reversed())
        }
        var value = ""
        let begin = line
        rest.removeFirst()
        while let character = rest.popFirst() {
            if character == quote {
                skipBlanks()
                let behind = takeRestOfLine()
                guard behind.first.map({ $0 == "#" }) ?? true else {
                    throw Mistake(line: line, reason: "something stands behind the closing quote")
                }
                return value
            }
            if character == "\n" { line += 1 }
            guard character == "\\", let next = rest.first else {
                value.append(character)
                continue
            }
            switch next {
            case quote: value += "\\\(rest.removeFirst())"
            case "n" where quote == "\"":
                rest.removeFirst()
                value.append("\n")
            case "r" where quote == "\"":
                rest.removeFirst()
                value.append("\r")
            default: value.append(character)
            }
        }
        throw Mistake(line: begin, reason: "the quote is not closed")
    }

    private mutating func takeRestOfLine() -> Substring {
        let text = rest.prefix { $0 != "\n" }
        rest.removeFirst(text.count)
        return text
    }

    private mutating func takeLineEnd() -> Bool {
        guard rest.first == "\n" else { return false }
        rest.removeFirst()
        line += 1
        return true
    }

    private mutating func skipBlanks() {
        rest = rest.drop(while: Self.isBlank)
    }

    private static func isBlank(_ character: Character) -> Bool {
        character == " " || character == "\t"
    }

    private static func isPartOfName(_ character: Character) -> Bool {
        character.isASCII && (character.isLetter || character.isNumber || "_.-".contains(character))
    }
}
