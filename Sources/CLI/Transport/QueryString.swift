// SPDX-License-Identifier: Apache-2.0

/// Paths and queries of requests.
enum QueryString {
    /// `/v1/events?type=exit,fork&pageSize=100`
    static func target(_ path: String, _ query: [(String, String)]) -> String {
        guard !query.isEmpty else { return path }
        return path + "?" + query.map { "\($0)=\(escaped($1))" }.joined(separator: "&")
    }

    /// Everything but the unreserved characters of RFC 3986 and the comma as %XX.
    static func escaped(_ text: String) -> String {
        text.utf8.reduce(into: "") { escaped, byte in
            let scalar = Unicode.Scalar(byte)
            let isPlain = byte < 0x80 && (scalar.properties.isAlphabetic || scalar.properties.numericType != nil)
            if isPlain || "-._~,".utf8.contains(byte) {
                escaped.unicodeScalars.append(scalar)
            } else {
                escaped += "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16, uppercase: true)
            }
        }
    }
}
