// SPDX-License-Identifier: Apache-2.0

import Cluster
import Contract
import Glibc
import Shared

/// Where the unix socket is, and who may use it: `socket.…`.
struct SocketAccess: Sendable {
    /// Absolute. Nil: in the data directory.
    var path: String?
    /// Whose the file is, beside the agent's user. Nil: the agent's own group.
    var group: Account?
    var mode: UInt32 = 0o600
    /// Users by name or number, and `group:NAME`. Not the agent's own user and root, who may do everything.
    private(set) var roles: [Grantee: Role] = [:]

    /// Somebody who has a role.
    enum Grantee: Hashable, Sendable {
        case user(Account)
        case group(Account)

        private static let groupPrefix = "group:"

        /// Nil if the account is not one.
        init?(word: String) {
            let isGroup = word.hasPrefix(Self.groupPrefix)
            guard let account = Account(word: isGroup ? String(word.dropFirst(Self.groupPrefix.count)) : word)
            else { return nil }
            self = isGroup ? .group(account) : .user(account)
        }

        /// As the file may have it.
        var word: String {
            switch self {
            case .user(.number(let number)): "\(number)"
            case .user(.name(let name)): name
            case .group(.number(let number)): "\(Self.groupPrefix)\(number)"
            case .group(.name(let name)): "\(Self.groupPrefix)\(name)"
            }
        }
    }

    init() {}

    /// - Throws: `StartupError` if a value is invalid, or if somebody has two roles.
    init(_ reader: ConfigurationReader) throws(StartupError) {
        path = try reader.value(.socketPath, "a path of at most \(SocketPath.longest) bytes") { text in
            let path = ProgramFinder.absolute(text)
            // The server binds the draft.
            let longest = max(path.utf8.count, SocketFile.draft(of: path).utf8.count)
            return text.isEmpty || text.hasSuffix("/") || longest > SocketPath.longest ? nil : path
        }
        group = try reader.value(.socketGroup, "a group's name or number", Account.init(word:))
        let keys: [(ConfigurationKey, Role)] = [
            (.socketReaders, .read), (.socketOperators, .operate), (.socketAdmins, .admin),
        ]
        for (key, role) in keys {
            for grantee in try reader.list(key, "a user, or a group as group:NAME", Grantee.init(word:)) ?? [] {
                guard roles.updateValue(role, forKey: grantee) == nil else {
                    throw reader.conflict(
                        between: key, problem: "\(reader.name(of: key)): \(grantee.word) has another role already")
                }
            }
        }
        // The kernel names the caller, so a file that is open to all admits only those who have a role.
        let usual: UInt32 = group != nil ? 0o660 : roles.isEmpty ? 0o600 : 0o666
        mode =
            try reader.value(.socketMode, "a mode such as 0660, which lets the agent's user read and write") { text in
                UInt32(text, radix: 8).flatMap { $0 <= 0o777 && $0 & 0o600 == 0o600 ? $0 : nil }
            } ?? usual
    }

    func grantees(of role: Role) -> [String] {
        roles.filter { $0.value == role }.map(\.key.word).sorted()
    }

    /// The number of the file's group. Nil for the agent's own.
    ///
    /// - Throws: `StartupError` if there is no such group.
    func groupNumber() throws(StartupError) -> UInt32? {
        guard let group else { return nil }
        return try SocketRoles.number(of: group, "group", SocketRoles.group(named:))
    }

    /// The mode as people write it.
    var modeText: String {
        let digits = String(mode, radix: 8)
        return String(repeating: "0", count: 4 - digits.count) + digits
    }
}

/// Who may use the unix socket, by number.
struct SocketRoles: Sendable {
    private var users: [UInt32: Role] = [:]
    private var groups: [UInt32: Role] = [:]
    private let agent: UInt32

    /// Admits only the agent's own user and root.
    init(agent: UInt32 = geteuid()) {
        self.agent = agent
    }

    /// Looks up the names once, because a directory service may be slow.
    /// - Parameters:
    ///   - user: nil if there is no such user.
    ///   - group: nil if there is no such group.
    /// - Throws: `StartupError` that names an unknown account.
    init(
        _ access: SocketAccess, agent: UInt32 = geteuid(),
        user: (String) -> UInt32? = { getpwnam($0)?.pointee.pw_uid },
        group: (String) -> UInt32? = SocketRoles.group(named:)
    ) throws(StartupError) {
        self.init(agent: agent)
        // If a name and a number are the same account, it has the higher role.
        for (grantee, role) in access.roles.sorted(by: { $0.value < $1.value }) {
            switch grantee {
            case .user(let account): users[try Self.number(of: account, "user", user)] = role
            case .group(let account): groups[try Self.number(of: account, "group", group)] = role
            }
        }
    }

    static func group(named name: String) -> UInt32? { getgrnam(name)?.pointee.gr_gid }

    fileprivate static func number(
        of account: Account, _ kind: String, _ lookUp: (String) -> UInt32?
    ) throws(StartupError) -> UInt32 {
        switch account {
        case .number(let number): return number
        case .name(let name):
            guard let number = lookUp(name) else {
                throw StartupError(.configuration, "socket: there is no \(kind) \(name) on this machine")
            }
            return number
        }
    }

    /// The highest role that the caller has; nil if it may not connect.
    func role(of user: UInt32, in callerGroups: [UInt32]) -> Role? {
        if user == agent || user == 0 { return .admin }
        return ([users[user]] + callerGroups.map { groups[$0] }).compactMap(\.self).max()
    }
}
