// SPDX-License-Identifier: Apache-2.0

import Glibc
import Shared

/// Who may call over TCP, and by which names of the agent.
struct AccessPolicy: Sendable {
    /// Nil: everybody may do everything.
    let tokens: TokenRegistry?
    /// What client certificates are worth. Nil: none are asked for.
    let clientRoles: ClientRoles?
    /// In lower case, without ports.
    let hostNames: Set<String>

    /// - Parameters:
    ///   - listen: the names there are the agent's own, like this machine's.
    ///   - hostNames: others, such as a proxy's.
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

    /// Whether a caller may still have what it asked for with this token. Nil: it has shown none, and needed none.
    func isValid(_ token: TokenHash?) -> Bool {
        guard let token, let tokens else { return true }
        return tokens.principal(for: token) != nil
    }

    /// A web page that has its own name point to this machine (DNS rebinding) sends that name.
    /// - Parameter authority: the `Host` header.
    func allows(authority: String) -> Bool {
        guard let authority = Authority(authority) else { return false }
        if authority.isBracketed { return IPAddress(authority.host)?.family == AF_INET6 }
        return IPAddress(authority.host) != nil || hostNames.contains(Self.canonical(authority.host))
    }

    /// In lower case, and without the dot at the end that says that nothing is to be added to a name (RFC 1034, 3.1).
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
