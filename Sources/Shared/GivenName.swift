// SPDX-License-Identifier: Apache-2.0

/// A name that people give to an app, a host or a group.
public enum GivenName {
    /// What a name may be.
    public static let form = "made of letters, digits, '_', '-' and '.', and begin with none of the last two"

    /// Whether it is one. It must not look like a URL, must be plain in YAML, tables and paths, and must mean nothing to
    /// a shell.
    public static func isValid(_ text: String) -> Bool {
        guard let first = text.utf8.first, first != UInt8(ascii: "-"), first != UInt8(ascii: "."),
            text.utf8.count <= 253
        else { return false }
        return text.unicodeScalars.allSatisfy {
            $0.isASCII
                && ($0.properties.isAlphabetic || $0.properties.numericType != nil || "-._".unicodeScalars.contains($0))
        }
    }
}
