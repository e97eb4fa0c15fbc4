// SPDX-License-Identifier: Apache-2.0

internal import ArgumentParser
internal import Shared

/// A number on the command line, in plain digits. The parser's own integers take `+5` and `05` as well.
struct WholeNumber: Hashable, Sendable, ExpressibleByArgument, ExpressibleByIntegerLiteral {
    let value: Int

    init(integerLiteral value: Int) {
        self.value = value
    }

    init?(argument: String) {
        guard let value = Int(digits: argument) else { return nil }
        self.value = value
    }

    var defaultValueDescription: String { "\(value)" }
}
