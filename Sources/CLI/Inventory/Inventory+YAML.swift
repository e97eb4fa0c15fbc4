// SPDX-License-Identifier: Apache-2.0

internal import Shared

extension Inventory {
    /// The YAML is not an inventory.
    struct Malformed: Error {
        /// Where, and what is wrong there.
        let message: String

        init(_ node: YAMLNode, _ problem: String) {
            message = "line \(node.line + 1): \(problem)"
        }
    }

    /// - Parameter root: nil for a file with only comments, such as a fresh one.
    init(_ root: YAMLNode?) throws(Malformed) {
        guard let root, !root.isNull else { return }
        guard root.members != nil else { throw Malformed(root, "'hosts:' is expected here") }
        try Self.check(root, ["hosts"], of: "the inventory")
        guard let list = root["hosts"]?.value else { throw Malformed(root, "'hosts:' is missing") }
        guard !list.isNull else { return }
        guard let members = list.members else { throw Malformed(list, "the hosts' names are expected here") }
        for (key, value) in members {
            guard let name = key.string, GivenName.isValid(name) else {
                throw Malformed(key, "a host's name is expected here: letters, digits, '-', '_', '.'")
            }
            hosts[name] = try Self.entry(name, value, key)
        }
    }

    private static func entry(_ name: String, _ node: YAMLNode, _ key: YAMLNode) throws(Malformed) -> Entry {
        guard node.members != nil else { throw Malformed(node, "\(name): 'url:' is expected here") }
        try check(node, ["url", "groups", "tokenFile", "cacert", "cert", "key"], of: name)
        guard let url = try text(name, node, "url") else { throw Malformed(key, "\(name): 'url' is missing") }
        return Entry(
            url: url, groups: try groups(name, node), tokenFile: try text(name, node, "tokenFile"),
            cacert: try text(name, node, "cacert"), cert: try text(name, node, "cert"), key: try text(name, node, "key")
        )
    }

    /// An unknown key is refused, because a typing mistake would go unnoticed.
    private static func check(_ node: YAMLNode, _ fields: [String], of name: String) throws(Malformed) {
        for (key, _) in node.members ?? [] where !fields.contains(key.string ?? "") {
            let field = key.string ?? ""
            throw Malformed(key, "\(name) has no '\(field)'\(NearestName.question(field, in: fields))")
        }
    }

    private static func text(_ name: String, _ node: YAMLNode, _ field: String) throws(Malformed) -> String? {
        guard let value = node[field]?.value, !value.isNull else { return nil }
        guard let text = value.string,
            !text.unicodeScalars.contains(where: { $0.properties.generalCategory == .control })
        else { throw Malformed(value, "\(name): '\(field)' must be a text of one line") }
        return text
    }

    private static func groups(_ name: String, _ node: YAMLNode) throws(Malformed) -> [String]? {
        guard let value = node["groups"]?.value, !value.isNull else { return nil }
        guard let elements = value.elements else { throw Malformed(value, "\(name): 'groups' must be a list") }
        var groups: [String] = []
        for element in elements {
            guard let group = element.string, GivenName.isValid(group) else {
                throw Malformed(element, "\(name): a group's name is expected here: letters, digits, '-', '_', '.'")
            }
            groups.append(group)
        }
        return groups
    }
}
