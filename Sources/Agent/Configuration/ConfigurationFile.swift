// SPDX-License-Identifier: Apache-2.0

import Configuration
import Shared
import Yams

/// The agent's configuration file, in YAML. A key that the agent does not know is refused: a slip of the hand would go
/// unnoticed.
struct ConfigurationFile: Sendable {
    let path: String

    /// More than any configuration has. A pipe may never end.
    private static let limit = 1 << 20

    /// What the file says; nothing if it is empty.
    /// - Throws: `StartupError` (78) if it cannot be read, is no YAML, or holds what the agent does not know.
    func values() throws(StartupError) -> [ConfigurationKey: ConfigContent] {
        guard let root = try parse(content()) else { return [:] }
        if root.scalar?.string.isEmpty == true { return [:] }
        guard let mapping = root.mapping else { throw complaint(root, "it must be keys with values") }
        var values: [ConfigurationKey: ConfigContent] = [:]
        try read(mapping, under: [], into: &values)
        return values
    }

    private func content() throws(StartupError) -> String {
        let bytes: [UInt8]
        do {
            bytes = try FileContent.read(path, limit: Self.limit)
        } catch {
            throw StartupError(.configuration, "cannot read the configuration \(path): \(error)")
        }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw StartupError(.configuration, "cannot read the configuration \(path): it is not UTF-8 text")
        }
        return text
    }

    private func parse(_ text: String) throws(StartupError) -> Node? {
        do {
            return try Yams.compose(yaml: text)
        } catch let error as YamlError {
            throw complaint(error)
        } catch {
            throw StartupError(.configuration, "cannot read the configuration \(path): it is no YAML")
        }
    }

    private func read(
        _ mapping: Node.Mapping, under prefix: [String], into values: inout [ConfigurationKey: ConfigContent]
    ) throws(StartupError) {
        for (name, value) in mapping {
            let path = prefix + [name.string ?? ""]
            let text = path.joined(separator: ".")
            if let key = ConfigurationKey(rawValue: text) {
                values[key] = try content(value, of: key)
            } else if Self.isGroup(text), let group = value.mapping {
                try read(group, under: path, into: &values)
            } else if Self.isGroup(text) {
                throw complaint(value, "\(text): it must be keys with values")
            } else {
                let question = NearestName.question(text, in: ConfigurationKey.allCases.map(\.rawValue))
                throw complaint(name, "there is no key \(text)\(question)")
            }
        }
    }

    private func content(_ value: Node, of key: ConfigurationKey) throws(StartupError) -> ConfigContent {
        guard key.isList else {
            guard let scalar = value.scalar else { throw complaint(value, "\(key.rawValue): it must be one value") }
            return .string(scalar.string)
        }
        let items = value.sequence?.map(\.scalar?.string)
        guard let items, !items.contains(nil) else {
            throw complaint(value, "\(key.rawValue): it must be a list, such as [a, b]")
        }
        return .stringArray(items.compactMap { $0 })
    }

    private func complaint(_ node: Node, _ problem: String) -> StartupError {
        let line = node.mark.map { ":\($0.line)" } ?? ""
        return StartupError(.configuration, "\(path)\(line): \(problem)")
    }

    private func complaint(_ error: YamlError) -> StartupError {
        let (problem, line): (String, Int?) =
            switch error {
            case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _),
                .composer(_, let problem, let mark, _):
                (problem, mark.line)
            case .duplicatedKeysInMapping(let names, let context):
                ("it has \(names.joined(separator: ", ")) twice", context.mark.line)
            case .reader(let problem, _, _, _): (problem, nil)
            default: ("it is no YAML", nil)
            }
        return StartupError(
            .configuration, "cannot read the configuration \(path)\(line.map { ", line \($0)" } ?? ""): \(problem)")
    }

    private static func isGroup(_ text: String) -> Bool {
        ConfigurationKey.allCases.contains { $0.rawValue.hasPrefix(text + ".") }
    }
}
