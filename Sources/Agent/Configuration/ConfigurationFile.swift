// SPDX-License-Identifier: Apache-2.0

import Configuration
import FoundationEssentials
import Glibc
import SystemPackage
import Yams

/// The agent's configuration file, in YAML. It is read by swift-configuration, which has no objection to keys that
/// nobody asks for; a slip of the hand would go unnoticed, so they are looked through here first.
struct ConfigurationFile: Sendable {
    let path: String

    /// Nil where the file says nothing.
    /// - Throws: `StartupError` (78) where it cannot be read, is no YAML, or holds what the agent does not know.
    func provider() async throws(StartupError) -> (any ConfigProvider)? {
        guard try !check() else { return nil }
        do {
            return try await FileProvider<YAMLSnapshot>(filePath: FilePath(path))
        } catch {
            throw StartupError(.configuration, "cannot read the configuration \(path): \(error)")
        }
    }

    /// - Returns: whether there is nothing in it.
    private func check() throws(StartupError) -> Bool {
        guard access(path, R_OK) == 0 else {
            throw StartupError(
                .configuration, "cannot read the configuration \(path): \(String(cString: strerror(errno)))")
        }
        let root: Node?
        do {
            root = try Yams.compose(yaml: String(contentsOfFile: path, encoding: .utf8))
        } catch {
            throw StartupError(.configuration, "cannot read the configuration \(path): \(error)")
        }
        guard let root else { return true }
        if root.scalar?.string.isEmpty == true { return true }
        guard let mapping = root.mapping else { throw complaint(root, "it must be keys with values") }
        try check(mapping, under: [])
        return mapping.isEmpty
    }

    private func check(_ mapping: Node.Mapping, under prefix: [String]) throws(StartupError) {
        for (name, value) in mapping {
            let path = prefix + [name.string ?? ""]
            let text = path.joined(separator: ".")
            if let key = ConfigurationKey(rawValue: text) {
                try check(value, of: key)
            } else if Self.isGroup(text), let group = value.mapping {
                try check(group, under: path)
            } else if Self.isGroup(text) {
                throw complaint(value, "\(text): it must be keys with values")
            } else {
                throw complaint(name, "there is no key \(text)\(Self.hint(text))")
            }
        }
    }

    private func check(_ value: Node, of key: ConfigurationKey) throws(StartupError) {
        if key.isList {
            guard let items = value.sequence, items.allSatisfy({ $0.scalar != nil }) else {
                throw complaint(value, "\(key.rawValue): it must be a list, such as [a, b]")
            }
        } else if value.scalar == nil {
            throw complaint(value, "\(key.rawValue): it must be one value")
        }
    }

    private func complaint(_ node: Node, _ problem: String) -> StartupError {
        let line = node.mark.map { ":\($0.line)" } ?? ""
        return StartupError(.configuration, "\(path)\(line): \(problem)")
    }

    private static func isGroup(_ text: String) -> Bool {
        ConfigurationKey.allCases.contains { $0.rawValue.hasPrefix(text + ".") }
    }

    private static func hint(_ text: String) -> String {
        NearestName.find(text, in: ConfigurationKey.allCases.map(\.rawValue)).map { "; did you mean \($0)?" } ?? ""
    }
}
