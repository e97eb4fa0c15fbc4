// SPDX-License-Identifier: Apache-2.0

internal import Glibc
internal import Shared

/// The proxy that the environment names for an agent. This type decides and libcurl looks for none, so that a message
/// can name the proxy and a token is kept from it.
struct Proxy: Hashable, Sendable {
    let url: String
    /// The variable that names it.
    let variable: String

    /// For messages: without scheme, user and password.
    var place: String {
        let rest = url.split(separator: "://", maxSplits: 1, omittingEmptySubsequences: false).last ?? url[...]
        let authority = rest.prefix { $0 != "/" }
        return String(authority.lastIndex(of: "@").map { authority[authority.index(after: $0)...] } ?? authority)
    }

    /// Nil for a socket, a loopback address, and hosts that `no_proxy` names.
    ///
    /// - Parameter environment: returns the value of a variable.
    init?(for agent: AgentAddress, environment: (String) -> String?) {
        guard case .tcp(let url, _) = agent, let host = agent.hostname else { return nil }
        let address = NetworkAddress(host)
        guard !NetworkAddress.isLocalName(host), !(address?.isLoopback ?? false) else { return nil }
        // Not HTTP_PROXY: a web server gives its CGI programs a client's header Proxy under this name.
        let own = url.lowercased().hasPrefix("https:") ? ["https_proxy", "HTTPS_PROXY"] : ["http_proxy"]
        func first(_ names: [String]) -> (name: String, value: String)? {
            for name in names {
                if let value = environment(name), !value.isEmpty { return (name, value) }
            }
            return nil
        }
        guard let found = first(own + ["all_proxy", "ALL_PROXY"]) else { return nil }
        let exceptions = first(["no_proxy", "NO_PROXY"])?.value ?? ""
        let words = exceptions.split { $0 == "," || $0.isWhitespace }
        guard !words.contains(where: { Self.names($0, host, address) }) else { return nil }
        (self.url, variable) = (found.value, found.name)
    }

    /// Like curl(1)'s `--noproxy`: `*`, a domain with everything below it, an address, or a network such as 10.0.0.0/8.
    private static func names(_ word: Substring, _ host: String, _ address: NetworkAddress?) -> Bool {
        if word == "*" { return true }
        guard let address else {
            let domain = word.drop { $0 == "." }.lowercased()
            let name = domain.hasSuffix(".") ? String(domain.dropLast()) : domain
            return !name.isEmpty && (host == name || host.hasSuffix("." + name))
        }
        let parts = word.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        guard let network = NetworkAddress(parts[0].trimmingBrackets) else { return false }
        guard parts.count > 1 else { return network == address }
        return Int(digits: parts[1]).map { address.isIn(network, bits: $0) } ?? false
    }
}

extension Substring {
    fileprivate var trimmingBrackets: String {
        String(hasPrefix("[") && hasSuffix("]") ? dropFirst().dropLast() : self)
    }
}
