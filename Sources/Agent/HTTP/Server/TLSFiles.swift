// SPDX-License-Identifier: Apache-2.0

import NIOSSL

/// The PEM files for TLS.
struct TLSFiles: Hashable, Sendable {
    /// The agent's certificate, with those that lead to a root after it.
    let certificate: String
    let key: String
    /// Nil if clients need no certificate. Otherwise each must show one that these have signed.
    let clientCA: String?

    init(certificate: String, key: String, clientCA: String? = nil) {
        self.certificate = certificate
        self.key = key
        self.clientCA = clientCA
    }

    /// Nil if TLS is not configured.
    /// - Throws: `StartupError` if a part is missing.
    init?(_ reader: ConfigurationReader) throws(StartupError) {
        let (certificate, key) = (try reader.text(.tlsCertificate), try reader.text(.tlsKey))
        let clientCA = try reader.text(.tlsClientCA)
        guard let certificate, let key else {
            if certificate == nil, key == nil, clientCA == nil { return nil }
            throw reader.conflict(
                between: .tlsCertificate, .tlsKey, .tlsClientCA,
                problem: "TLS needs both a certificate and its key: tls.cert (--tls-cert) and tls.key (--tls-key)")
        }
        self.init(certificate: certificate, key: key, clientCA: clientCA)
    }

    /// Reads the files, which must be regular ones because SIGHUP reads them again.
    /// - Throws: `StartupError` that names the wrong file.
    func makeContext() throws(StartupError) -> NIOSSLContext {
        let chain = try Self.reading(certificate, "a certificate") { try NIOSSLCertificate.fromPEMBytes($0) }
        let privateKey = try Self.reading(key, "a private key without a passphrase") { bytes in
            try NIOSSLPrivateKey(bytes: bytes, format: .pem)
        }
        var configuration = TLSConfiguration.makeServerConfiguration(
            certificateChain: chain.map { .certificate($0) }, privateKey: .privateKey(privateKey))
        configuration.minimumTLSVersion = .tlsv12
        configuration.applicationProtocols = ["http/1.1"]
        if let clientCA {
            let roots = try Self.reading(clientCA, "a certificate") { try NIOSSLCertificate.fromPEMBytes($0) }
            configuration.trustRoots = .certificates(roots)
            // A name in a client's certificate is not a host's name.
            configuration.certificateVerification = .noHostnameVerification
        }
        do {
            return try NIOSSLContext(configuration: configuration)
        } catch {
            throw StartupError(
                .configuration,
                "\(certificate) and \(key) do not go together; the key must be that of the file's first certificate")
        }
    }

    /// No chain of certificates is larger.
    private static let limit = 1 << 20

    /// - Parameter content: what it must contain.
    private static func reading<Value>(
        _ path: String, _ content: String, _ read: ([UInt8]) throws -> Value
    ) throws(StartupError) -> Value {
        let bytes: [UInt8]
        do {
            bytes = try FileContent.read(path, limit: limit, isRegular: true)
        } catch {
            throw StartupError(.configuration, "cannot read \(path)", error)
        }
        do {
            return try read(bytes)
        } catch {
            throw StartupError(.configuration, "\(path) does not hold \(content) in PEM, which begins with -----BEGIN")
        }
    }
}
