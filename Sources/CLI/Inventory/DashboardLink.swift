// SPDX-License-Identifier: Apache-2.0

internal import Contract
internal import Shared

/// The link to an agent's web page, with a token if one is at hand.
struct DashboardLink: Hashable, Sendable {
    let url: String
    /// What to tell beside it. Nil if it has a token.
    let advice: String?

    /// - Parameter version: the agent's own, which says where it listens.
    /// - Throws: `Failure` if no browser can reach the agent, or if a file that was named cannot be used.
    @TransportActor
    init(to host: Host, of version: VersionReply, options: GlobalOptions) throws {
        let base: String
        let token: String?
        switch host.address {
        case .tcp(let url, _):
            base = url
            token = host.credentials.token
        case .unix(let socket):
            guard let first = version.urls?.first else {
                throw Failure(
                    kind: .refused, message: "this agent has only its unix socket, which no browser can open",
                    hint: "start it with --listen 127.0.0.1:7420", isLasting: true)
            }
            base = Self.reachable(first)
            token = try Self.token(besides: socket, options)
        }
        self.init(base: base, token: token)
    }

    init(base: String, token: String?) {
        // Behind the hash it is not sent to anybody.
        url = base + "/" + (token.map { "#token=\(QueryString.escaped($0))" } ?? "")
        advice = token == nil ? "no token is at hand; the page asks for one (cluster-agent token create)" : nil
    }

    /// The URL as this machine's browser can use it: an agent that listens at all addresses also listens at localhost.
    static func reachable(_ url: String) -> String {
        guard let address = AgentAddress(url), ["0.0.0.0", "::"].contains(address.hostname) else { return url }
        let port = url.lastIndex(of: ":").map { url[$0...] } ?? ""
        return (address.isEncrypted ? "https" : "http") + "://localhost" + port
    }

    /// The token of `--token-file`, else the admin's, which stands beside the socket. Nil if that cannot be read.
    private static func token(besides socket: String, _ options: GlobalOptions) throws -> String? {
        let files = CredentialFiles(within: options.timeout.duration)
        if let path = options.tokenFile ?? Directories.nonEmpty(EnvironmentName.tokenFile.rawValue) {
            do {
                return try files.value(of: CredentialFiles.Request(path: path, purpose: .token, kind: .any))
            } catch {
                throw Failure(
                    kind: error.isLate ? .timedOut : .unauthorised, message: error.message, isLasting: true)
            }
        }
        let folder = socket[..<(socket.lastIndex(of: "/").map { socket.index(after: $0) } ?? socket.startIndex)]
        return try? files.value(of: CredentialFiles.Request(path: "\(folder)token", purpose: .token, kind: .regular))
    }
}
