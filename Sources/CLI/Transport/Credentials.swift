// SPDX-License-Identifier: Apache-2.0

internal import CCurl

/// Proves the caller to an agent and the agent to the caller.
struct Credentials: Hashable, Sendable {
    /// For `Authorization: Bearer`. Nil for a unix socket, because the kernel names the caller there.
    var token: String?
    /// Where the token is from, for messages.
    var tokenFile: String?
    /// PEM files.
    var caCertificate: String?
    var certificate: String?
    var key: String?

    /// There is a certificate but no file for its key.
    var lacksKey: Bool { certificate != nil && key == nil }

    /// Gives the files to libcurl.
    func apply(to easy: UnsafeMutableRawPointer) -> [CURLcode] {
        // If the user names an authority, no other one counts. libcurl would also look in the system's folder, and
        // reads "none" as "the system's". This folder has nothing in it.
        let folder = caCertificate.map { _ in "/dev/null" }
        return [
            (CURLOPT_CAINFO, caCertificate), (CURLOPT_CAPATH, folder), (CURLOPT_SSLCERT, certificate),
            (CURLOPT_SSLKEY, key),
        ].compactMap { option, path in path.map { ccurl_set_string(easy, option, $0) } }
    }
}
