// SPDX-License-Identifier: Apache-2.0

internal import CCurl

/// Why a connection is not secure, in terms of what to do.
enum TLSProblem: Hashable, Sendable {
    /// The agent's certificate has expired or is not yet valid.
    case expired
    /// The certificate belongs to another host.
    case wrongName
    /// No trusted authority has signed it.
    case untrusted
    /// The other end does not speak TLS.
    case plaintext
    /// The agent wants a certificate from us, or another one.
    case clientCertificate
    /// A file of certificates or keys cannot be used.
    case file
    case other

    /// Nil if it is not a problem of TLS.
    ///
    /// - Parameters:
    ///   - verification: OpenSSL's X509_V_ERR number (x509_vfy.h).
    ///   - text: libcurl's words. For some problems only these tell.
    init?(_ result: CURLcode, verification: Int, text: String) {
        switch result {
        case CURLE_PEER_FAILED_VERIFICATION:
            self =
                switch verification {
                // Not yet valid, has expired.
                case 9, 10: .expired
                // Self-signed, also in its chain; no issuer at hand; the issuer's signature is missing.
                case 18...21: .untrusted
                default: text.contains("subject name") ? .wrongName : .other
                }
        case CURLE_SSL_CERTPROBLEM, CURLE_SSL_CACERT_BADFILE: self = .file
        case CURLE_SSL_CONNECT_ERROR
        where ["wrong version number", "unexpected TLS packet"].contains(where: text.contains):
            self = .plaintext
        // In TLS 1.3 the server checks the client's certificate after the handshake.
        case CURLE_SSL_CONNECT_ERROR, CURLE_RECV_ERROR, CURLE_SEND_ERROR:
            if ["alert certificate required", "alert bad certificate", "alert unknown ca", "alert handshake failure"]
                .contains(where: text.contains)
            {
                self = .clientCertificate
            } else if result == CURLE_SSL_CONNECT_ERROR {
                self = .other
            } else {
                return nil
            }
        case CURLE_SSL_CIPHER, CURLE_SSL_ISSUER_ERROR, CURLE_SSL_INVALIDCERTSTATUS, CURLE_SSL_ENGINE_INITFAILED:
            self = .other
        default: return nil
        }
    }

    var hint: String {
        switch self {
        case .expired: "renew the agent's certificate, or set the clock"
        case .wrongName: "use the name in the URL that the certificate is for"
        case .untrusted: "give the agent's authority with --cacert"
        case .plaintext: "nothing there speaks TLS: is its URL http:// and not https://?"
        case .clientCertificate: "give a certificate that the agent accepts with --cert and --key"
        case .file: "check the files of --cacert, --cert and --key"
        case .other: "check --cacert, --cert and --key"
        }
    }
}
