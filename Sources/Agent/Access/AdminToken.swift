// SPDX-License-Identifier: Apache-2.0

import Contract
import FoundationEssentials
import Shared

/// The token that each data directory begins with, in plain text. A user who may read the file can call the agent.
/// Removing or replacing the file revokes the token at once.
struct AdminToken: Sendable {
    let file: PrivateFile

    /// Makes the file at the first start. The caller holds the directory's lock.
    /// - Throws: `StartupError` if it cannot be read or made, or is empty.
    func ensure() throws(StartupError) {
        guard try file.read() != nil else { return try file.write(Array((StoredToken.newSecret() + "\n").utf8)) }
        guard try load() != nil else {
            throw StartupError(.configuration, "\(file.path) holds no token; remove it and a new one is made")
        }
    }

    /// Nil if the file is not there, or if no client could send its first word.
    func load() throws(StartupError) -> StoredToken? {
        guard let content = try file.read() else { return nil }
        let secret = content.prefix { $0 > UInt8(ascii: " ") }
        guard !secret.isEmpty, secret.allSatisfy({ $0 < 0x7F }) else { return nil }
        return Self.token(of: String(decoding: secret, as: UTF8.self))
    }

    /// The role of the token.
    static func token(of secret: String) -> StoredToken {
        StoredToken(
            id: StoredToken.adminName, name: StoredToken.adminName, role: .admin, hash: TokenHash(of: secret),
            createdAt: Timestamp(milliseconds: 0))
    }
}
