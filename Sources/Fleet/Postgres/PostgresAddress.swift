// SPDX-License-Identifier: Apache-2.0

import CPQ
import Shared

/// Where the database is and who logs in, in libpq's words.
///
/// What a URL does not say, libpq takes from the `PG*` variables and from its own defaults.
package struct PostgresAddress: Hashable, Sendable {
    /// The parts of the URL, without its secrets.
    private let parts: [String: String]
    /// Those that libpq marks as secret, such as `password` and `sslpassword`.
    private let secrets: [String: String]

    /// - Parameter url: `postgresql://user@host1,host2/database?sslmode=verify-full`, or `host=… dbname=…`.
    /// - Throws: `PostgresError` (`unsuitable`) if libpq cannot read it.
    package init(url: String, password: String? = nil) throws(PostgresError) {
        var complaint: UnsafeMutablePointer<CChar>?
        guard !url.contains("\0"), let options = PQconninfoParse(url, &complaint) else {
            // libpq's message may quote the URL, and with it the password.
            PQfreemem(complaint)
            let unknown = Self.unknownParameter(of: url)
            throw PostgresError(
                .unsuitable,
                unknown.map { "libpq knows no parameter '\($0)'" } ?? "libpq cannot read this URL")
        }
        defer { PQconninfoFree(options) }
        var (parts, secrets): ([String: String], [String: String]) = ([:], [:])
        for option in Self.options(options) {
            guard let value = option.val.map({ String(cString: $0) }) else { continue }
            let keyword = String(cString: option.keyword)
            if Self.isSecret(keyword, String(cString: option.dispchar)) {
                secrets[keyword] = value
            } else {
                parts[keyword] = value
            }
        }
        self.init(parts: parts, secrets: secrets, password: password)
    }

    /// The same with another password. Nil: with its own.
    func with(password: String?) -> PostgresAddress {
        PostgresAddress(parts: parts, secrets: secrets, password: password)
    }

    private init(parts: [String: String], secrets: [String: String], password: String?) {
        self.parts = parts
        self.secrets = password.map { secrets.merging(["password": $0]) { _, given in given } } ?? secrets
    }

    /// The list's end is an option without a keyword.
    private static func options(_ first: UnsafePointer<PQconninfoOption>) -> [PQconninfoOption] {
        var options: [PQconninfoOption] = []
        while first[options.count].keyword != nil { options.append(first[options.count]) }
        return options
    }

    /// libpq marks what a program should not show with `*` (PQconndefaults), but not the keys that are as good as a password.
    private static func isSecret(_ keyword: String, _ mark: String) -> Bool {
        mark.hasPrefix("*") || keyword.hasSuffix("_key") || keyword.contains("secret")
    }

    /// The first parameter behind the `?` that libpq does not know. Only a name is told, because a value may be secret, and
    /// nothing if a password may have the `?`.
    private static func unknownParameter(of url: String) -> String? {
        guard url.hasPrefix("postgresql://") || url.hasPrefix("postgres://"),
            let question = url.firstIndex(of: "?"),
            !url[url.index(after: question)...].contains(where: { $0 == "?" || $0 == "@" }),
            let defaults = PQconndefaults()
        else { return nil }
        defer { PQconninfoFree(defaults) }
        // What libpq translates for JDBC's users.
        let known = Set(options(defaults).map { String(cString: $0.keyword) } + ["ssl"])
        let names = url[url.index(after: question)...].split(separator: "&").map { $0.prefix { $0 != "=" } }
        return names.map(String.init).first { !known.contains($0) && GivenName.isValid($0) }
    }

    /// What is handed to libpq. A value of the URL counts more than one of ours.
    func keywords(connectTimeout: Int) -> [(name: String, value: String)] {
        var all = Self.defaults
        all["connect_timeout"] = "\(connectTimeout)"
        all.merge(parts) { _, own in own }
        all.merge(secrets) { _, own in own }
        // Other text than this would be stored wrongly.
        all["client_encoding"] = "UTF8"
        return all.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    }

    private static let defaults = [
        "application_name": "cluster-agent",
        // Among several hosts, the one that takes writes.
        "target_session_attrs": "read-write",
        // A host that vanished without a word is noticed within half a minute.
        "keepalives_idle": "10", "keepalives_interval": "5", "keepalives_count": "3", "tcp_user_timeout": "25000",
    ]
}

/// All but its secrets, as libpq reads it, whatever it is printed for.
extension PostgresAddress: CustomStringConvertible {
    package var description: String {
        let first = ["host", "hostaddr", "port", "dbname", "user", "service", "sslmode"]
        let names = first.filter { parts[$0] != nil } + parts.keys.filter { !first.contains($0) }.sorted()
        let words = names.compactMap { name in
            // Of several hosts without ports, libpq keeps the commas.
            parts[name].flatMap { value in value.allSatisfy { $0 == "," } ? nil : "\(name)=\(Self.quoted(value))" }
        }
        return words.isEmpty ? "libpq's defaults" : words.joined(separator: " ")
    }

    /// As in a connection string: section 34.1.1.1 of PostgreSQL's documentation.
    private static func quoted(_ value: String) -> String {
        guard value.contains(where: { $0.isWhitespace || $0 == "'" || $0 == "\\" }) else { return value }
        let escaped = value.flatMap { $0 == "'" || $0 == "\\" ? ["\\", $0] : [$0] }
        return "'\(String(escaped))'"
    }
}

extension PostgresAddress: CustomReflectable {
    package var customMirror: Mirror { Mirror(reflecting: description) }
}
