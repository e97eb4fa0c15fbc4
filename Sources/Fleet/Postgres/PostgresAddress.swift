// SPDX-License-Identifier: Apache-2.0

import CPQ

/// Where the database is and who logs in, in libpq's words.
///
/// What a URL does not say, libpq takes from the `PG*` variables and from its own defaults.
package struct PostgresAddress: Hashable, Sendable {
    /// The parts of the URL, without the password.
    private let parts: [String: String]
    private let password: String?

    /// - Parameter url: `postgresql://user@host1,host2/database?sslmode=verify-full`, or `host=… dbname=…`.
    /// - Throws: `PostgresError` (`unsuitable`) if libpq cannot read it.
    package init(url: String, password: String? = nil) throws(PostgresError) {
        var complaint: UnsafeMutablePointer<CChar>?
        guard !url.contains("\0"), let options = PQconninfoParse(url, &complaint) else {
            // libpq's message may quote the URL, and with it the password.
            PQfreemem(complaint)
            throw PostgresError(.unsuitable, "libpq cannot read this URL")
        }
        defer { PQconninfoFree(options) }
        var parts: [String: String] = [:]
        var option = options
        while let keyword = option.pointee.keyword {
            if let value = option.pointee.val { parts[String(cString: keyword)] = String(cString: value) }
            option += 1
        }
        let ownPassword = parts.removeValue(forKey: "password")
        self.parts = parts
        self.password = password ?? ownPassword
    }

    /// The same with another password. Nil: with its own.
    func with(password: String?) -> PostgresAddress {
        password.map { PostgresAddress(parts: parts, password: $0) } ?? self
    }

    private init(parts: [String: String], password: String?) {
        self.parts = parts
        self.password = password
    }

    /// What is handed to libpq. A value of the URL counts more than one of ours.
    func keywords(connectTimeout: Int) -> [(name: String, value: String)] {
        var all = Self.defaults
        all["connect_timeout"] = "\(connectTimeout)"
        all.merge(parts) { _, own in own }
        all["password"] = password
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

/// Shows no password, whatever it is printed for.
extension PostgresAddress: CustomStringConvertible {
    package var description: String {
        let names = ["host", "hostaddr", "port", "dbname", "user", "service", "sslmode"]
        let words = names.compactMap { name in
            // Of several hosts without ports, libpq keeps the commas.
            parts[name].flatMap { value in value.allSatisfy { $0 == "," } ? nil : "\(name)=\(value)" }
        }
        return words.isEmpty ? "libpq's defaults" : words.joined(separator: " ")
    }
}

extension PostgresAddress: CustomReflectable {
    package var customMirror: Mirror { Mirror(reflecting: description) }
}
