// SPDX-License-Identifier: Apache-2.0

import Glibc
import Shared

/// Who may call over TCP, and by which names of the agent.
struct AccessPolicy: Sendable {
    /// Nil if everybody may do everything.
    let tokens: TokenRegistry?
    /// The roles of client certificates. Nil if none are asked for.
    let clientRoles: ClientRoles?
    /// In lower case, without ports.
    let hostNames: Set<String>

    /// - Parameters:
    ///   - listen: addresses whose names count as the agent's own, like this machine's.
    ///   - hostNames: other names, such as a proxy's.
    init(
        tokens: TokenRegistry?, clientRoles: ClientRoles? = nil, listen: [ListenAddress], hostNames: [String] = []
    ) {
        self.tokens = tokens
        self.clientRoles = clientRoles
        var names: Set<String> = ["localhost"]
        for address in listen { names.insert(Self.canonical(address.host)) }
        for name in hostNames { names.insert(Self.canonical(name)) }
        let machine = Self.canonical(Self.machineName)
        names.insert(machine)
        names.insert(String(machine.prefix { $0 != "." }))
        self.hostNames = names
    }

    /// Whether this token still allows the caller what it asked for. Nil means that the caller showed no token and
    /// needed none.
    func isValid(_ token: TokenHash?) -> Bool {
        guard let token, let tokens else { return true }
        return tokens.principal(for: token) != nil
    }

    /// Refuses a `Host` that is not the agent's own. A web page whose name points to this machine (DNS rebinding) sends
    /// that name.
    /// - Parameter authority: the `Host` header.
    func allows(authority: String) -> Bool {
        guard let authority = Authority(authority) else { return false }
        if authority.isBracketed { return IPAddress(authority.host)?.family == AF_INET6 }
        return IPAddress(authority.host) != nil || hostNames.contains(Self.canonical(authority.host))
    }

    /// In lower case, and without the dot at the end of an absolute name (RFC 1034, 3.1).
    private static func canonical(_ name: some StringProtocol) -> String {
        (name.hasSuffix(".") ? String(name.dropLast()) : String(name)).lowercased()
    }

    /// gethostname(2)
    static var machineName: String {
        var bytes = [CChar](repeating: 0, count: 256)
        guard gethostname(&bytes, bytes.count - 1) == 0 else { return "localhost" }
        return String(decoding: bytes.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
    }
}
