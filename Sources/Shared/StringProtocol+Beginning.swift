// SPDX-License-Identifier: Apache-2.0

extension StringProtocol {
    /// The first `count` Unicode scalars, which take at most four bytes each. `prefix` counts characters, and one
    /// character may take megabytes: a letter may have any number of accents.
    package func beginning(_ count: Int) -> String {
        String(String.UnicodeScalarView(unicodeScalars.prefix(count)))
    }
}
