// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Contract
import Shared

/// `cluster-agent token list`: all about each token but the token itself.
struct TokenList: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "Lists the tokens, but not their secrets.")

    @OptionGroup var directory: DataDirectoryOption

    func run() async throws {
        try await CommandOutput.explaining {
            let tokens = try directory.existing().tokens.load()
            for line in Self.table(tokens, now: .now) { try CommandOutput.print(line) }
        }
    }

    static func table(_ tokens: [StoredToken], now: Timestamp) -> [String] {
        let head = ["ID", "NAME", "ROLE", "CREATED", "EXPIRES"]
        let rows = tokens.map { token in
            let end = token.expiresAt.map { token.isValid(at: now) ? "\($0)" : "\($0) (expired)" }
            let role = ([token.role.rawValue] + (token.scopes ?? []).map(\.rawValue)).joined(separator: "+")
            return [token.id, token.name, role, "\(token.createdAt)", end ?? "never"]
        }
        let widths = head.indices.map { column in ([head] + rows).map { $0[column].count }.max() ?? 0 }
        return ([head] + rows).map { row in
            let last = row.count - 1
            return row.indices.map { column in
                let gap = column == last ? 0 : widths[column] - row[column].count + 2
                return row[column] + String(repeating: " ", count: gap)
            }.joined()
        }
    }
}
