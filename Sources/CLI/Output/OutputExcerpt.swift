// SPDX-License-Identifier: Apache-2.0

internal import Shared

/// The lines of a worker's last output that say why it ended.
///
/// A call stack is longer than the error that it belongs to, and Node writes the place of a syntax error before it.
struct OutputExcerpt {
    private static let mostLines = 12
    /// The lines that stand before an error and belong to it.
    private static let before = 4

    let lines: [String]

    init(_ output: String) {
        let all = output.split(whereSeparator: \.isNewline)
        var frames = 0
        let rest = all.filter { line in
            frames = Self.isFrame(line) ? frames + 1 : 0
            return frames < 2
        }
        let words = ExitReport(reason: .exited, stderr: output).lastWords
        let error = words.flatMap { words in rest.lastIndex { $0.hasPrefix(words) } } ?? rest.count
        let start = max(0, min(error - Self.before, rest.count - Self.mostLines))
        lines = rest[start...].prefix(Self.mostLines).map(String.init)
    }

    /// `    at Module._compile (node:internal/modules/cjs/loader:1554:14)`
    private static func isFrame(_ line: Substring) -> Bool {
        let text = line.drop { $0 == " " || $0 == "\t" }
        return text.startIndex > line.startIndex && (text.hasPrefix("at ") || text.hasPrefix("File \""))
    }
}
