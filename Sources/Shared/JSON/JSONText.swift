// SPDX-License-Identifier: Apache-2.0

/// Facts about a JSON text that need no parsing.
public enum JSONText {
    /// How deep a well-formed text nests.
    public static func levels(of json: some Sequence<UInt8>) -> Int {
        var (level, deepest, isInString, isEscaped) = (0, 0, false, false)
        for byte in json {
            if isEscaped {
                isEscaped = false
            } else if isInString {
                isEscaped = byte == UInt8(ascii: "\\")
                isInString = byte != UInt8(ascii: "\"")
            } else {
                switch byte {
                case UInt8(ascii: "\""): isInString = true
                case UInt8(ascii: "["), UInt8(ascii: "{"):
                    level += 1
                    deepest = max(deepest, level)
                case UInt8(ascii: "]"), UInt8(ascii: "}"): level -= 1
                default: break
                }
            }
        }
        return deepest
    }
}
