// SPDX-License-Identifier: Apache-2.0

internal import CCurl

/// What proves the caller to an agent and the agent to the caller.
struct Credentials: Hashable, Sendable {
    /// For `Authorization: Bearer`; nil over a unix socket, where the kernel tells who calls.
    var token: String?
    /// PEM files.
    var caCertificate: String?
    var certificate: String?
    var key: String?

    /// Gives the files to libcurl.
    func apply(to easy: UnsafeMutableRawPointer) -> [CURLcode] {
        [(CURLOPT_CAINFO, caCertificate), (CURLOPT_SSLCERT, certificate), (CURLOPT_SSLKEY, key)]
            .compactMap { option, path in path.map { ccurl_set_string(easy, option, $0) } }
    }
}
