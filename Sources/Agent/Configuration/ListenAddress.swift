// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Glibc
import Shared

/// `HOST:PORT` of `--listen`. An IPv6 address stands in brackets: `[::1]:7420`. Port 0 means any free port.
struct ListenAddress: Hashable, Sendable {
    /// Without brackets.
    let host: String
    let port: Int

    static let standard = ListenAddress(host: "127.0.0.1", port: 7420)

    /// Whether only this machine can reach it. A name other than `localhost` counts as reachable, because it may
    /// resolve to something else later.
    var isLoopback: Bool {
        if host.lowercased() == "localhost" { return true }
        return IPAddress(host)?.isLoopback ?? false
    }
}

extension ListenAddress: LosslessStringConvertible {
    /// What is wrong with a text, and what to write. Completes "it must be".
    struct Problem: Error, CustomStringConvertible {
        let description: String
    }

    /// - Throws: `Problem`
    init(parsing text: String) throws(Problem) {
        guard let address = ListenAddress(text) else { throw Problem(description: Self.advice(for: text)) }
        self = address
    }

    static let form = "HOST:PORT, such as 127.0.0.1:7420, 0.0.0.0:7420 (every address) or [::1]:7420"

    /// The address that was probably meant.
    private static func advice(for text: String) -> String {
        if UInt16(digits: text) != nil { return "HOST:PORT, such as 127.0.0.1:\(text)" }
        if text.hasPrefix(":"), UInt16(digits: text.dropFirst()) != nil {
            return "HOST:PORT, such as 127.0.0.1\(text), or 0.0.0.0\(text) for every address"
        }
        if IPAddress(text)?.family == AF_INET6, let colon = text.lastIndex(of: ":") {
            return "[ADDRESS]:PORT, such as [\(text)]:7420 or [\(text[..<colon])]\(text[colon...])"
        }
        return form
    }

    init?(_ description: String) {
        guard let authority = Authority(description), let port = authority.port else { return nil }
        let host = authority.host
        if authority.isBracketed {
            guard IPAddress(host)?.family == AF_INET6 else { return nil }
        }
        self.init(host: authority.isBracketed ? AddressZone.unescaped(host) : host, port: Int(port))
    }

    var description: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }
}
