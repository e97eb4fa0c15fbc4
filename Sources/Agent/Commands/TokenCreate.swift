// SPDX-License-Identifier: Apache-2.0

// Public, because it makes a public type conform to a public protocol.
public import ArgumentParser
import Contract
import Glibc
import Shared

/// `cluster-agent token create`: prints a new token, once.
struct TokenCreate: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "create", abstract: "Makes a token and prints it, once.")

    @Option(
        help: "What its holder may do: read; operate, which also acts on workers; admin, which also decides what runs.")
    var role: Role

    @Option(help: "The holder's name in the audit: letters, digits, and . _ - @")
    var name: String

    @Option(
        help: ArgumentHelp(
            "When it expires: an age such as 30d or 12h, a date (2027-01-01, UTC), or a time of RFC 3339.",
            valueName: "age|time"),
        transform: Expiry.parse)
    var expires: Expiry?

    @Option(help: "What it reaches beside this agent: fleet, the history of all agents.")
    var scope: [TokenScope] = []

    @OptionGroup var directory: DataDirectoryOption

    func validate() throws {
        guard expires.map({ $0.time(from: .now) > .now }) ?? true else {
            throw ValidationError("--expires must be in the time to come, or the token would be worth nothing")
        }
        let isName = (1...64).contains(name.utf8.count) && name.utf8.allSatisfy(Self.isPartOfName)
        guard isName, name != StoredToken.adminName else {
            throw ValidationError("--name must be 1 to 64 letters, digits, . _ - @, and not \(StoredToken.adminName)")
        }
    }

    func run() async throws {
        // If the reader is gone, this program must not end while there is a token that nobody has seen.
        signal(SIGPIPE, SIG_IGN)
        try await CommandOutput.explaining {
            let (token, secret) = StoredToken.make(
                name: name, role: role, createdAt: .now, expiresAt: expires?.time(from: .now),
                scopes: Set(scope).sorted { $0.rawValue < $1.rawValue })
            let file = try directory.creating().tokens
            try file.update { tokens throws(StartupError) in
                guard !tokens.contains(where: { $0.name == name }) else {
                    throw StartupError(
                        .usage, "there is a token \(name) already; choose another name, or revoke it first")
                }
                tokens.append(token)
            }
            CommandOutput.complain("token \(token.id) (\(name), \(role.rawValue)); it is not shown again:")
            try Self.show(secret, of: token, in: file)
        }
    }

    /// Removes a token that nobody has seen.
    private static func show(_ secret: String, of token: StoredToken, in file: TokenFile) throws(StartupError) {
        do {
            try CommandOutput.print(secret)
        } catch {
            do {
                try file.update { tokens throws(StartupError) in tokens.removeAll { $0.id == token.id } }
            } catch let second {
                throw StartupError(
                    error.code, "\(error); the token \(token.id) is still there and must be revoked: \(second)")
            }
            throw StartupError(error.code, "\(error); the token \(token.id) was removed again")
        }
    }

    private static func isPartOfName(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "-"),
            UInt8(ascii: "@"):
            true
        default: false
        }
    }
}

extension Role: ExpressibleByArgument {}
extension TokenScope: ExpressibleByArgument {}
