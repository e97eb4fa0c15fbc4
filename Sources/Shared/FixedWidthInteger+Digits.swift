// SPDX-License-Identifier: Apache-2.0

extension FixedWidthInteger {
    /// Reads decimal digits of ASCII and nothing else. Swift's own initializer takes a sign and leading zeros too, so
    /// that one number could be written in many ways.
    package init?(digits text: some StringProtocol) {
        let digits = text.utf8
        guard digits.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }),
            digits.first != UInt8(ascii: "0") || digits.count == 1, let number = Self(text)
        else { return nil }
        self = number
    }
}
