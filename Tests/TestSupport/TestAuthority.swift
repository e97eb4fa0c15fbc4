// SPDX-License-Identifier: Apache-2.0

import Crypto
public import Foundation
import SwiftASN1
import X509

/// A certificate authority of a test's own, which writes PEM files.
public struct TestAuthority {
    private let key = Certificate.PrivateKey(P256.Signing.PrivateKey())
    private let name: DistinguishedName
    private let root: Certificate
    private let directory: URL

    /// Where a certificate and its key are.
    public struct Files: Sendable {
        public let certificate: String
        public let key: String
    }

    /// - Parameter name: its certificate is in a file of this name.
    public init(_ name: String, in directory: URL) throws {
        self.directory = directory
        self.name = try DistinguishedName { CommonName(name) }
        root = try Self.certificate(
            of: self.name, key: key.publicKey, by: self.name, signing: key,
            extensions: Certificate.Extensions { Critical(BasicConstraints.isCertificateAuthority(maxPathLength: nil)) }
        )
        try Self.write(root.serializeAsPEM(), to: path)
    }

    /// Its own certificate.
    public var path: String { directory.appending(path: "\(name).pem").path }

    /// Makes a certificate for `localhost` and 127.0.0.1, which a client can use as well.
    /// - Parameter subject: common name and, after a comma, organization.
    public func issue(_ commonName: String, organization: String? = nil, file: String) throws -> Files {
        let subject = try DistinguishedName {
            if let organization { OrganizationName(organization) }
            CommonName(commonName)
        }
        let own = Certificate.PrivateKey(P256.Signing.PrivateKey())
        let certificate = try Self.certificate(
            of: subject, key: own.publicKey, by: name, signing: key,
            extensions: Certificate.Extensions {
                SubjectAlternativeNames([
                    .dnsName("localhost"), .ipAddress(ASN1OctetString(contentBytes: [127, 0, 0, 1])),
                ])
            })
        let files = Files(
            certificate: directory.appending(path: "\(file).pem").path,
            key: directory.appending(path: "\(file).key").path)
        try Self.write(certificate.serializeAsPEM(), to: files.certificate)
        try Self.write(own.serializeAsPEM(), to: files.key)
        return files
    }

    private static func certificate(
        of subject: DistinguishedName, key: Certificate.PublicKey, by issuer: DistinguishedName,
        signing issuerKey: Certificate.PrivateKey, extensions: Certificate.Extensions
    ) throws -> Certificate {
        try Certificate(
            version: .v3, serialNumber: Certificate.SerialNumber(), publicKey: key,
            notValidBefore: Date(timeIntervalSinceNow: -3600), notValidAfter: Date(timeIntervalSinceNow: 86_400),
            issuer: issuer, subject: subject, signatureAlgorithm: .ecdsaWithSHA256, extensions: extensions,
            issuerPrivateKey: issuerKey)
    }

    private static func write(_ document: PEMDocument, to path: String) throws {
        try Data((document.pemString + "\n").utf8).write(to: URL(filePath: path))
    }
}
