// SPDX-License-Identifier: Apache-2.0

internal import Shared

/// The values of an ecosystem file, as PM2 reads them (pm2.keymetrics.io/docs, and PM2's `lib/tools/Config.js`). Nil for a
/// value that means nothing to it.
enum PM2Value {
    /// `instances`
    enum Instances: Hashable {
        /// One for each core.
        case all
        /// One for each core but so many.
        case allBut(Int)
        case exactly(Int)
    }

    /// A text, or a number or a truth value as one.
    static func text(_ value: JSONValue?) -> String? {
        switch value {
        case .string(let text): text
        case .integer(let number): "\(number)"
        case .number(let number): "\(number)"
        case .bool(let value): "\(value)"
        case .null, .array, .object, nil: nil
        }
    }

    /// A variable's value. What has parts becomes JSON.
    static func variable(_ value: JSONValue) -> String? {
        text(value) ?? (try? RawJSON(encoding: value)).map { String(decoding: $0.bytes, as: UTF8.self) }
    }

    /// A list of arguments, or a text of several.
    static func words(_ value: JSONValue) -> [String]? {
        switch value {
        case .string(let text): words(in: text)
        case .array(let items): items.compactMap(text)
        case .null, .bool, .integer, .number, .object: nil
        }
    }

    /// Blanks separate arguments. In `"a b"` and `'a b'` they do not, and the quotes are left out. In `--name="a b"` they do
    /// not either, but the quotes stay: PM2 has always passed them on.
    private static func words(in text: String) -> [String] {
        var words: [String] = []
        var rest = Substring(text).drop(while: \.isWhitespace)
        while !rest.isEmpty {
            let name = rest.prefix { !$0.isWhitespace && !"\"'=".contains($0) }
            let value = rest.dropFirst(name.count)
            if let quoted = quoted(rest) {
                words.append(String(quoted.dropFirst().dropLast()))
                rest = rest[quoted.endIndex...]
            } else if !name.isEmpty, value.first == "=", let quoted = quoted(value.dropFirst()) {
                words.append(name + "=" + quoted)
                rest = rest[quoted.endIndex...]
            } else {
                let word = rest.prefix { !$0.isWhitespace }
                words.append(String(word))
                rest = rest[word.endIndex...]
            }
            rest = rest.drop(while: \.isWhitespace)
        }
        return words.filter { !$0.allSatisfy(\.isWhitespace) }
    }

    /// The text from its first quote to the next. Nil if it does not begin with one, or has no other.
    private static func quoted(_ text: Substring) -> Substring? {
        guard let quote = text.first, "\"'".contains(quote), let end = text.dropFirst().firstIndex(of: quote) else {
            return nil
        }
        return text[...end]
    }

    /// A number of milliseconds, or a text with a unit: `5s`, `1m`, `1h`. Nil also for more than a year.
    static func milliseconds(_ value: JSONValue) -> Int? {
        amount(value, units: ["ms": 1, "s": 1000, "m": 60_000, "h": 3_600_000], atMost: Double(WrittenTime.longest))
            .map(Int.init)
    }

    /// A number of bytes, or a text with a unit of powers of 1024: `300M`, `1.5G`.
    static func bytes(_ value: JSONValue) -> Int64? {
        amount(value, units: ["K": 1024, "M": 1_048_576, "G": 1_073_741_824], atMost: Double(1 << 50)).map(Int64.init)
    }

    /// A number of 0 or more, which may have a unit after it, rounded down.
    private static func amount(_ value: JSONValue, units: [String: Double], atMost limit: Double) -> Double? {
        guard let text = text(value) else { return nil }
        let number = text.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
        guard let amount = Double(number),
            let unit = number.endIndex == text.endIndex ? 1 : units[String(text[number.endIndex...])]
        else { return nil }
        let product = (amount * unit).rounded(.down)
        return product <= limit ? product : nil
    }

    /// A number, `max`, or a text that begins with a number. 0 is one for each core, and so is a text without a number.
    static func instances(_ value: JSONValue) -> Instances? {
        let count: Int
        switch value {
        case .integer(let number): count = Int(number)
        case .number(let number): count = Int(exactly: number.rounded(.towardZero)) ?? (number < 0 ? .min : .max)
        case .string(let text): count = leadingInteger(text)
        case .null, .bool, .array, .object: return nil
        }
        return count == 0 ? .all : count < 0 ? .allBut(-max(count, -Int.max)) : .exactly(count)
    }

    /// Like JavaScript's `parseInt`, with 0 for a text that has no number.
    private static func leadingInteger(_ text: String) -> Int {
        let number = text.drop(while: \.isWhitespace)
        let sign = number.first == "-" ? -1 : 1
        let digits = (number.first.map { "+-".contains($0) } == true ? number.dropFirst() : number)
            .prefix { $0.isASCII && $0.isNumber }
        return digits.isEmpty ? 0 : sign * (Int(digits) ?? .max)
    }

    /// A user or a group, by name or number.
    static func account(_ value: JSONValue) -> JSONValue? {
        switch value {
        case .integer(let number) where (0..<Int64(UInt32.max)).contains(number): value
        case .string(let name) where !name.isEmpty: value
        default: nil
        }
    }
}
