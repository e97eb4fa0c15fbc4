// SPDX-License-Identifier: Apache-2.0

import Shared
import Testing

struct BeginningTests {
    @Test func `a text is cut by its scalars, because one character may be megabytes of them`() {
        #expect("hello".beginning(3) == "hel")
        #expect("hello".dropFirst().beginning(10) == "ello")
        #expect("日本語".beginning(2) == "日本")
        let letter = "e" + String(repeating: "\u{301}", count: 1 << 20)
        #expect(letter.prefix(1) == letter)
        #expect(letter.beginning(200).utf8.count == 1 + 199 * 2)
        #expect("".beginning(1).isEmpty && "x".beginning(0).isEmpty)
    }

    @Test func `the last words of a worker are short whatever they are made of`() {
        let line = "Error: e" + String(repeating: "\u{301}", count: 1 << 16)
        let words = ExitReport(reason: .exited, code: 1, stderr: line).lastWords
        #expect(words?.unicodeScalars.count == 200)
    }
}
