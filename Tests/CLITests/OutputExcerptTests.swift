// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import CLI

struct OutputExcerptTests {
    @Test func `a syntax error comes with its place, and a stack with its first line`() {
        let frames = (1...12).map { "    at frame\($0) (node:internal:\($0))" }
        let output =
            ["/srv/app/server.js:1", "const x = ;", "          ^", "", "SyntaxError: Unexpected token ';'"] + frames
        let excerpt = OutputExcerpt((output + ["", "Node.js v20.19.2"]).joined(separator: "\n"))
        #expect(
            excerpt.lines == [
                "/srv/app/server.js:1", "const x = ;", "          ^", "SyntaxError: Unexpected token ';'", frames[0],
                "Node.js v20.19.2",
            ])
    }

    @Test func `the properties of an error do not hide it`() {
        let properties = (1...14).map { "  property\($0): \($0)," }
        let error = ["node:fs:440", "    return binding.readFileUtf8(path);", "Error: ENOENT: no such file"]
        let lines = OutputExcerpt((["noise", "noise"] + error + properties + ["}"]).joined(separator: "\n")).lines
        #expect(lines.count == 12 && lines.contains("Error: ENOENT: no such file"))
    }

    @Test func `without an error the last lines count`() {
        let lines = (1...40).map { "line \($0)" }
        #expect(OutputExcerpt(lines.joined(separator: "\n")).lines == Array(lines.suffix(12)))
        #expect(OutputExcerpt("").lines.isEmpty && OutputExcerpt("\n\n").lines.isEmpty)
    }
}
