// SPDX-License-Identifier: Apache-2.0

/// The hosts that have names: `hosts.yaml`.
///
///     hosts:
///       web-1:
///         url: https://10.0.0.7:7420
///         groups: [web]
///         tokenFile: ~/.config/cluster/web-1.token
///         cacert: ~/.config/cluster/ca.pem
struct Inventory: Hashable, Codable, Sendable {
    var hosts: [String: Entry] = [:]

    struct Entry: Hashable, Codable, Sendable {
        var url: String
        var groups: [String]?
        var tokenFile: String?
        var cacert: String?
        var cert: String?
        var key: String?
    }

    /// In the order of lists of hosts.
    var names: [String] { hosts.keys.sorted() }

    func names(ofGroup group: String) -> [String] {
        names.filter { hosts[$0]?.groups?.contains(group) ?? false }
    }

    var groups: [String] { Set(hosts.values.flatMap { $0.groups ?? [] }).sorted() }

    /// Whether it is a name for a host or a group. It must not look like a URL, must be plain in YAML and tables, and
    /// must mean nothing to a shell.
    static func isName(_ text: String) -> Bool {
        guard let first = text.utf8.first, first != UInt8(ascii: "-"), first != UInt8(ascii: "."),
            text.utf8.count <= 253
        else { return false }
        return text.unicodeScalars.allSatisfy {
            $0.isASCII
                && ($0.properties.isAlphabetic || $0.properties.numericType != nil || "-._".unicodeScalars.contains($0))
        }
    }
}
