// SPDX-License-Identifier: Apache-2.0

import Contract
import FoundationEssentials
import Shared

/// The token that every data directory begins with, in plain text, so that whoever may read the file can call.
/// Removing or replacing the file revokes it at once.
struct AdminToken: Sendable {
    let file: PrivateFile

    /// Makes the file at the first start. The caller holds the directory's lock.
    /// - Throws: `StartupError` where it cannot be read or made, or is empty.
    func ensure() throws(StartupError) {
        guard try file.read() != nil else { return try file.write(Array((StoredToken.newSecret() + "\n").utf8)) }
        guard try load() != nil else {
            throw StartupError(.configuration, "\(file.path) holds no token; remove it and a new one is made")
        }
    }

    /// Nil where the file is not there, or its first word is none that a client could send.
    func load() throws(StartupError) -> StoredToken? {
        guard let content = try file.read() else { return nil }
        let secret = content.prefix { $0 > UInt8(ascii: " ") }
        guard !secret.isEmpty, secret.allSatisfy({ $0 < 0x7F }) else { return nil }
        return Self.token(of: String(decoding: secret, as: UTF8.self))
    }

    /// What the secret is worth.
    static func token(of secret: String) -> StoredToken {
        StoredToken(
            id: StoredToken.adminName, name: StoredToken.adminName, role: .admin, hash: TokenHash(of: secret),
            createdAt: Timestamp(milliseconds: 0))
    }
}
