// SPDX-License-Identifier: Apache-2.0

internal import Shared

/// Where an agent listens.
enum AgentAddress: Hashable, Sendable {
    case unix(path: String)
    /// - Parameters:
    ///   - url: with scheme and authority, without a slash at the end.
    ///   - authority: `10.0.0.7:7420`, for messages.
    case tcp(url: String, authority: String)

    /// Why nothing can listen there. Nil if something can.
    var problem: String? {
        guard case .unix(let path) = self, path.utf8.count > SocketPath.longest else { return nil }
        let start = TerminalText.fitting(path, width: 40)
        return "the path of a socket has at most \(SocketPath.longest) bytes, and \(start) has \(path.utf8.count)"
    }

    /// The base for a request's path.
    var baseURL: String {
        switch self {
        case .unix: "http://localhost"
        case .tcp(let url, _): url
        }
    }

    /// The same URL, with a path that means the same in each directory.
    var isAnywhere: Bool {
        switch self {
        case .unix(let path): path.hasPrefix("/")
        case .tcp: true
        }
    }

    /// The advice if a connection breaks before the answer begins.
    var adviceWhereItBreaks: String {
        guard case .tcp = self else { return "try again" }
        return isEncrypted
            // In TLS 1.3 the client's certificate is checked after this side has finished, so the connection may break
            // at any point.
            ? "try again; or give a certificate that the agent accepts with --cert and --key"
            : "try again; or is its URL https:// and not http://?"
    }

    /// For messages: `10.0.0.7:7420`, `/run/agent.sock`. If the URL has no port, the scheme's port.
    var place: String {
        switch self {
        case .unix(let path): path
        case .tcp(_, let authority): authority + (hasPort ? "" : isEncrypted ? ":443" : ":80")
        }
    }

    /// False if the URL leaves the port to the scheme, which an agent's URL rarely means.
    var hasPort: Bool {
        guard case .tcp(_, let authority) = self else { return true }
        return (authority.lastIndex(of: ":") ?? authority.startIndex)
            > (authority.lastIndex(of: "]") ?? authority.startIndex)
    }

    var isEncrypted: Bool {
        if case .tcp(let url, _) = self { url.lowercased().hasPrefix("https://") } else { false }
    }

    /// The name or the address in the URL, in lower case, without brackets and a dot at the end. Nil for a socket.
    var hostname: String? {
        guard case .tcp(_, let authority) = self else { return nil }
        var host = authority[...]
        if host.hasPrefix("[") {
            host = host.dropFirst().prefix { $0 != "]" }
        } else {
            host = host.prefix { $0 != ":" }
        }
        return (host.hasSuffix(".") ? host.dropLast() : host).lowercased()
    }
}

extension AgentAddress: LosslessStringConvertible {
    /// Reads `http://HOST[:PORT]`, `https://HOST[:PORT]` and `unix:PATH`. Nil for everything else.
    ///
    /// A user, a query or a fragment is refused: they mean nothing here, and a password in a URL ends up in the process
    /// list.
    init?(_ description: String) {
        let isPrintable = description.utf8.allSatisfy { $0 > 0x20 && $0 != 0x7F }
        if description.hasPrefix("unix:") {
            var path = description.dropFirst("unix:".count)
            if path.hasPrefix("//") { path = path.dropFirst(2) }
            guard !path.isEmpty, !path.utf8.contains(0) else { return nil }
            // The shell does not expand a tilde after "unix:".
            self = .unix(path: Directories.expanded(String(path)))
            return
        }
        guard isPrintable, let scheme = ["http://", "https://"].first(where: description.lowercased().hasPrefix)
        else { return nil }
        var url = description[...]
        while url.hasSuffix("/") { url = url.dropLast() }
        guard url.utf8.count > scheme.utf8.count else { return nil }
        let rest = url.dropFirst(scheme.count)
        let authority = rest.prefix { $0 != "/" }
        guard !authority.isEmpty, !rest.contains(where: { "@?#\\".contains($0) }), Self.isPlace(authority)
        else { return nil }
        self = .tcp(url: String(url), authority: String(authority))
    }

    /// The error for a text that is not an agent's URL, with what was probably meant.
    static func complaint(about text: String) -> String {
        let meant =
            if text.hasPrefix("/") || text.hasPrefix("./") || text.hasPrefix("~/") {
                AgentAddress("unix:\(text)")?.description
            } else if text.contains("://") {
                nil as String?
            } else {
                AgentAddress("http://\(text)").flatMap { $0.hasPort ? $0.description : nil }
            }
        return "'\(shown(text))' is not an agent's address: give http://HOST:PORT, https://HOST:PORT or unix:PATH"
            + (meant.map { ". Did you mean '\($0)'?" } ?? "")
    }

    /// A text that was given as a URL, for messages: of one line, and without a user and a password.
    static func shown(_ text: String) -> String {
        let isPath = ["unix:", "/", ".", "~"].contains { text.hasPrefix($0) }
        let scheme = text[..<(text.firstRange(of: "://")?.upperBound ?? text.startIndex)]
        let rest = text[scheme.endIndex...]
        guard !isPath, let end = rest.lastIndex(of: "@") else { return TerminalText.fitting(text, width: 100) }
        return TerminalText.fitting("\(scheme)…\(rest[end...])", width: 100)
    }

    var description: String {
        switch self {
        case .unix(let path): "unix:\(path)"
        case .tcp(let url, _): url
        }
    }

    private static func isPlace(_ text: Substring) -> Bool {
        guard let authority = Authority(text), text.last != ":" else { return false }
        return authority.port != 0
    }
}
