// SPDX-License-Identifier: Apache-2.0

internal import ArgumentParser

/// A word such as `-1`, which the parser takes for an unknown option.
struct NegativeNumber {
    private let word: String

    /// Nil if no word before `--` is one.
    init?(in arguments: [String]) {
        let words = arguments.prefix { $0 != "--" }
        guard let word = words.first(where: { $0.wholeMatch(of: #/-[0-9]+/#) != nil }) else { return nil }
        self.word = word
    }

    var error: ValidationError {
        ValidationError(
            "'\(word)' is taken for an option. Numbers here are not below 0; a message such as -5 stands behind --")
    }
}
