// SPDX-License-Identifier: Apache-2.0

import Contract
import NIOSSL
import SwiftASN1
import X509

/// The roles of client certificates, by subject. A subject is written as in RFC 4514 (`CN=ops,O=Example`), or as its
/// common name alone (`ops`).
struct ClientRoles: Hashable, Sendable {
    private let roles: [String: Role]

    init(_ roles: [String: Role] = [:]) {
        self.roles = roles
    }

    /// - Throws: `StartupError` if a subject has two roles.
    init(_ reader: ConfigurationReader) throws(StartupError) {
        let keys: [(ConfigurationKey, Role)] = [
            (.tlsReaders, .read), (.tlsOperators, .operate), (.tlsAdmins, .admin),
        ]
        var roles: [String: Role] = [:]
        for (key, role) in keys {
            for subject in try reader.list(key, "a subject such as CN=ops", { $0.isEmpty ? nil : $0 }) ?? [] {
                guard roles.updateValue(role, forKey: subject) == nil else {
                    throw reader.conflict(
                        between: key, problem: "\(reader.name(of: key)): \(subject) has another role already")
                }
            }
        }
        self.roles = roles
    }

    func subjects(of role: Role) -> [String] {
        roles.filter { $0.value == role }.keys.sorted()
    }

    /// Nil if the subject has no role. The handshake has checked already that the certificate is valid.
    func principal(of certificate: NIOSSLCertificate) -> Principal? {
        guard let bytes = try? certificate.toDERBytes(), let subject = try? Certificate(derEncoded: bytes).subject
        else { return nil }
        return principal(of: subject)
    }

    func principal(of subject: DistinguishedName) -> Principal? {
        let name = subject.description
        guard let role = roles[name] ?? Self.commonName(of: subject).flatMap({ roles[$0] }) else { return nil }
        return Principal(description: "cert:\(name)", role: role)
    }

    private static func commonName(of subject: DistinguishedName) -> String? {
        for relative in subject {
            for attribute in relative where attribute.type == .RDNAttributeType.commonName {
                return attribute.value.description
            }
        }
        return nil
    }
}
