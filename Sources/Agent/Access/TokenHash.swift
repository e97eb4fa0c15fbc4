// SPDX-License-Identifier: Apache-2.0

import Crypto
import FoundationEssentials

/// The SHA-256 of a token, which is all that is stored of it. A token is 32 random bytes, so a slow hash would not make
/// guessing harder.
struct TokenHash: Hashable, Sendable {
    private static let prefix = "sha256:"
    private let bytes: [UInt8]

    init(of secret: some StringProtocol) {
        bytes = Array(SHA256.hash(data: Data(secret.utf8)))
    }

    /// Takes the same time for any two hashes, so that the time does not tell how much of a guess was right.
    func matches(_ other: TokenHash) -> Bool {
        zip(bytes, other.bytes).reduce(0) { $0 | ($1.0 ^ $1.1) } == 0
    }
}

extension TokenHash: Codable {
    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let text = try container.decode(String.self)
        let digits = text.dropFirst(Self.prefix.count).utf8.map { $0 }
        let bytes = stride(from: 0, to: digits.count - 1, by: 2).compactMap { index in
            UInt8(String(decoding: digits[index...index + 1], as: UTF8.self), radix: 16)
        }
        // UInt8's parser would take a sign too, as in `+f`.
        guard text.hasPrefix(Self.prefix), digits.count == 2 * SHA256.byteCount, bytes.count == SHA256.byteCount,
            bytes.hex.utf8.elementsEqual(digits)
        else {
            throw DecodingError.dataCorruptedError(
                in: container, debugDescription: "a hash is written as \(Self.prefix) and 64 hex digits")
        }
        self.bytes = bytes
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(Self.prefix + bytes.hex)
    }
}
