// SPDX-License-Identifier: Apache-2.0

/// A socket that workers are started with: `tcp://0.0.0.0:8000`, `tcp://[::1]:8000`, `udp://0.0.0.0:5353` or
/// `unix:///run/app.sock`. What follows a `#` is its name in LISTEN_FDNAMES (sd_listen_fds(3)).
public struct ListenURL: Hashable, Sendable {
    /// What a socket is bound to.
    public enum Target: Hashable, Sendable {
        /// - Parameters:
        ///   - host: an IP address, without brackets.
        ///   - port: 0 takes a free one.
        case tcp(host: String, port: UInt16)
        case udp(host: String, port: UInt16)
        case unix(path: String)
    }

    /// What the socket is bound to.
    public let target: Target
    /// The scheme if none is given.
    public let name: String

    /// What is wrong with a text. Completes a sentence that begins with the text.
    public struct Problem: Error, CustomStringConvertible {
        public let description: String
    }

    /// - Throws: `Problem`, which says what to write instead.
    public init(parsing text: String) throws(Problem) {
        let parts = text.split(separator: "#", maxSplits: 1, omittingEmptySubsequences: false)
        let url = parts[0]
        guard let mark = url.firstRange(of: "://") else {
            throw Problem("is not a URL; write tcp://0.0.0.0:8000, udp://[::1]:5353 or unix:///run/app.sock")
        }
        let scheme = String(url[..<mark.lowerBound])
        let rest = url[mark.upperBound...]
        switch scheme {
        case "tcp":
            let (host, port) = try Self.address(rest)
            target = .tcp(host: host, port: port)
        case "udp":
            let (host, port) = try Self.address(rest)
            target = .udp(host: host, port: port)
        case "unix":
            guard rest.hasPrefix("/"), rest.count > 1, !rest.utf8.contains(0) else {
                throw Problem("needs an absolute path, as in unix:///run/app.sock")
            }
            target = .unix(path: String(rest))
        default:
            throw Problem("has the scheme \(scheme); it must be tcp, udp or unix")
        }
        name = parts.count == 2 ? try Self.name(parts[1]) : scheme
    }

    private static func address(_ text: Substring) throws(Problem) -> (host: String, port: UInt16) {
        guard let colon = text.lastIndex(of: ":") else { throw Problem("needs a port, as in tcp://0.0.0.0:8000") }
        let digits = text[text.index(after: colon)...]
        guard let port = UInt16(digits: digits) else {
            throw Problem("needs a port from 0 to 65535 at its end")
        }
        var host = text[..<colon]
        let isIPv6 = host.contains(":")
        if isIPv6, host.hasPrefix("["), host.hasSuffix("]") {
            host = host.dropFirst().dropLast()
        } else if isIPv6 || host.contains("[") {
            throw Problem("needs brackets around its IPv6 address, as in tcp://[::1]:8000")
        }
        guard !host.isEmpty, !host.utf8.contains(0) else {
            throw Problem("needs an address; tcp://0.0.0.0:8000 or tcp://[::]:8000 is any")
        }
        return (isIPv6 ? AddressZone.unescaped(host) : String(host), port)
    }

    /// As systemd takes one (sd_listen_fds(3), FileDescriptorName= in systemd.socket(5)).
    private static func name(_ text: Substring) throws(Problem) -> String {
        let isGood =
            (1...255).contains(text.utf8.count) && text.utf8.allSatisfy { (0x20..<0x7f).contains($0) && $0 != 0x3a }
        guard isGood else { throw Problem("has a name that is empty, longer than 255, or not ASCII without colons") }
        return String(text)
    }
}

extension ListenURL.Problem {
    fileprivate init(_ description: String) {
        self.description = description
    }
}

extension ListenURL: LosslessStringConvertible {
    /// Nil for what `init(parsing:)` refuses.
    public init?(_ description: String) {
        guard let url = try? ListenURL(parsing: description) else { return nil }
        self = url
    }

    public var description: String {
        let (scheme, rest): (String, String) =
            switch target {
            case .tcp(let host, let port): ("tcp", Self.text(host, port))
            case .udp(let host, let port): ("udp", Self.text(host, port))
            case .unix(let path): ("unix", path)
            }
        return "\(scheme)://\(rest)" + (name == scheme ? "" : "#\(name)")
    }

    private static func text(_ host: String, _ port: UInt16) -> String {
        host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
    }
}

extension ListenURL: Codable {
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let text = try container.decode(String.self)
        do {
            try self.init(parsing: text)
        } catch {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "\(text) \(error)")
        }
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}
