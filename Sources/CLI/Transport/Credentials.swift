// SPDX-License-Identifier: Apache-2.0

internal import CCurl

/// What proves the caller to an agent and the agent to the caller.
struct Credentials: Hashable, Sendable {
    /// For `Authorization: Bearer`; nil over a unix socket, where the kernel tells who calls.
    var token: String?
    /// Where the token is from, for messages.
    var tokenFile: String?
    /// PEM files.
    var caCertificate: String?
    var certificate: String?
    var key: String?

    /// There is a certificate without a file for its key.
    var lacksKey: Bool { certificate != nil && key == nil }

    /// Gives the files to libcurl.
    func apply(to easy: UnsafeMutableRawPointer) -> [CURLcode] {
        // Whoever names an authority trusts no other. libcurl would also look into the system's folder, and takes
        // "none" for "the system's"; in this one nothing is ever found.
        let folder = caCertificate.map { _ in "/dev/null" }
        return [
            (CURLOPT_CAINFO, caCertificate), (CURLOPT_CAPATH, folder), (CURLOPT_SSLCERT, certificate),
            (CURLOPT_SSLKEY, key),
        ].compactMap { option, path in path.map { ccurl_set_string(easy, option, $0) } }
    }
}
