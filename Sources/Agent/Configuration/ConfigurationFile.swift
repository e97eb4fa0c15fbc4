// SPDX-License-Identifier: Apache-2.0

import Configuration
import Shared
import Yams

/// The agent's configuration file, in YAML. Unknown keys are refused, because a typing mistake would go unnoticed.
struct ConfigurationFile: Sendable {
    let path: String

    /// No configuration is larger. A pipe may never end.
    private static let limit = 1 << 20

    /// What the file says about a key.
    struct Entry: Sendable {
        let content: ConfigContent
        /// Counts from 1. Nil if the library does not tell.
        let line: Int?
    }

    /// The file's values. Empty if the file is empty.
    /// - Throws: `StartupError` (78) if the file cannot be read, is not YAML, or has unknown keys. It names all of
    ///   them, in the order of their lines.
    func entries() throws(StartupError) -> [ConfigurationKey: Entry] {
        guard let root = try parse(content()) else { return [:] }
        if root.scalar?.string.isEmpty == true { return [:] }
        guard let mapping = root.mapping else { throw complaint(root, "it must be keys with values") }
        var entries: [ConfigurationKey: Entry] = [:]
        var problems: [StartupError] = []
        read(mapping, under: [], into: &entries, &problems)
        guard problems.isEmpty else {
            throw StartupError(.configuration, problems.map(\.description).joined(separator: "\n"))
        }
        return entries
    }

    private func content() throws(StartupError) -> String {
        let bytes: [UInt8]
        do {
            bytes = try FileContent.read(path, limit: Self.limit)
        } catch {
            throw StartupError(.configuration, "cannot read the configuration \(path)", error)
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
            throw complaint(error, text)
        } catch {
            throw StartupError(.configuration, "cannot read the configuration \(path): it is not YAML")
        }
    }

    private func read(
        _ mapping: Node.Mapping, under prefix: [String], into entries: inout [ConfigurationKey: Entry],
        _ problems: inout [StartupError]
    ) {
        for (name, value) in mapping {
            let path = prefix + [name.string ?? ""]
            let text = path.joined(separator: ".")
            if let key = ConfigurationKey(rawValue: text) {
                // `tls.cert` and `cert` under `tls` are the same key.
                guard entries[key] == nil else {
                    problems.append(complaint(name, "it has \(text) twice"))
                    continue
                }
                do {
                    entries[key] = Entry(content: try content(value, of: key), line: name.mark?.line)
                } catch {
                    problems.append(error)
                }
            } else if Self.isGroup(text), let group = value.mapping {
                read(group, under: path, into: &entries, &problems)
            } else if Self.isGroup(text) {
                problems.append(complaint(value, "\(text): it must be keys with values"))
            } else {
                let question = NearestName.question(text, in: ConfigurationKey.allCases.map(\.rawValue))
                problems.append(complaint(name, "there is no key \(text)\(question)"))
            }
        }
    }

    private func content(_ value: Node, of key: ConfigurationKey) throws(StartupError) -> ConfigContent {
        guard key.isList else {
            guard let scalar = value.scalar else { throw complaint(value, "\(key.rawValue): it must be one value") }
            return .string(scalar.string)
        }
        if key == .workerEnvironment, let variables = value.mapping {
            return .stringArray(try self.variables(variables, of: key))
        }
        let items = value.sequence?.map(\.scalar?.string)
        guard let items, !items.contains(nil) else {
            throw complaint(value, "\(key.rawValue): it must be a list, such as [a, b]")
        }
        return .stringArray(items.compactMap { $0 })
    }

    /// Variables as keys with values.
    private func variables(_ mapping: Node.Mapping, of key: ConfigurationKey) throws(StartupError) -> [String] {
        var variables: [String] = []
        for (name, value) in mapping {
            guard let name = name.string, let text = value.scalar?.string else {
                throw complaint(value, "\(key.rawValue): it must be names with values")
            }
            variables.append("\(name)=\(text)")
        }
        return variables
    }

    private func complaint(_ node: Node, _ problem: String) -> StartupError {
        let line = node.mark.map { ":\($0.line)" } ?? ""
        return StartupError(.configuration, "\(path)\(line): \(problem)")
    }

    /// - Parameter text: the file's.
    private func complaint(_ error: YamlError, _ text: String) -> StartupError {
        if case .duplicatedKeysInMapping(let names, let context) = error, let name = names.first {
            let again = Self.line(ofSecond: name, in: text, after: context.mark)
            let group = Self.group(around: context.mark, in: text)
            let keys = names.map { (group + [$0]).joined(separator: ".") }.joined(separator: ", ")
            return StartupError(.configuration, "\(path)\(again.map { ":\($0)" } ?? ""): it has \(keys) twice")
        }
        let (problem, line): (String, Int?) =
            switch error {
            case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _),
                .composer(_, let problem, let mark, _):
                (problem, mark.line)
            case .reader(let problem, _, _, _): (problem, nil)
            default: ("it is not YAML", nil)
            }
        return StartupError(
            .configuration, "cannot read the configuration \(path)\(line.map { ", line \($0)" } ?? ""): \(problem)")
    }

    /// The line, from 1, of a key's second occurrence. Nil if the mapping does not stand on lines of its own.
    /// - Parameter first: the place of the mapping's first key.
    private static func line(ofSecond name: String, in text: String, after first: Mark) -> Int? {
        let lines = text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
        let indent = String(repeating: " ", count: first.column - 1)
        let places = lines.indices.dropFirst(first.line - 1).filter { index in
            guard lines[index].hasPrefix(indent) else { return false }
            let key = lines[index].dropFirst(indent.count).prefix { $0 != ":" }
            return key.filter { !"\"' ".contains($0) } == name
        }
        return places.count > 1 ? places[1] + 1 : nil
    }

    /// The names of the enclosing mappings, outermost first, if they stand on lines of their own.
    /// - Parameter first: the place of the mapping's first key.
    private static func group(around first: Mark, in text: String) -> [String] {
        let lines = text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
        var names: [String] = []
        var indent = first.column - 1
        // A mapping in braces begins on the line of its name.
        let isBraced = lines[first.line - 1].prefix(indent).count { $0 == "{" } == 1
        for line in lines.prefix(isBraced ? first.line : first.line - 1).reversed() where indent > 0 {
            let own = line.prefix { $0 == " " }.count
            let key = line.dropFirst(own).prefix { $0 != ":" }
            guard own < indent, own + key.count < line.count, key.first != "#", !key.contains("{") else { continue }
            indent = own
            names.insert(key.filter { !"\"' ".contains($0) }, at: 0)
        }
        return names
    }

    private static func isGroup(_ text: String) -> Bool {
        ConfigurationKey.allCases.contains { $0.rawValue.hasPrefix(text + ".") }
    }
}
