// SPDX-License-Identifier: Apache-2.0

import NIOSSL

/// What TLS is made of, by the names of PEM files.
struct TLSFiles: Hashable, Sendable {
    /// The agent's, with those that lead to a root after it.
    let certificate: String
    let key: String
    /// Nil: clients need no certificate. Else each must show one that these have signed.
    let clientCA: String?

    init(certificate: String, key: String, clientCA: String? = nil) {
        self.certificate = certificate
        self.key = key
        self.clientCA = clientCA
    }

    /// Nil where TLS is not configured.
    /// - Throws: `StartupError` where a part is missing.
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

    /// Reads the files, which must be regular ones: SIGHUP has them read again.
    /// - Throws: `StartupError` that names the file that is at fault.
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
            // The name in a client's certificate is no host's.
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

    /// More than any chain of certificates has.
    private static let limit = 1 << 20

    /// - Parameter content: what must be in it.
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
