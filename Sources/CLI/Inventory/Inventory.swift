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
}
