// SPDX-License-Identifier: Apache-2.0

internal import ArgumentParser

/// Edits the inventory's text by lines, because a YAML emitter would lose the comments.
///
/// It knows only the block style, in which the file is made. The caller checks the result.
struct InventoryText {
    private let lines: [Substring]
    private let hosts: (key: YAMLNode, value: YAMLNode)?

    init(_ text: String) throws {
        var lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        if lines.last?.isEmpty ?? false { lines.removeLast() }
        self.lines = lines
        hosts = try YAMLComposer.compose(text)?["hosts"]
    }

    /// The new host comes last.
    func adding(_ name: String, _ entry: Inventory.Entry) throws -> String {
        var edited = lines
        let last = hostLines.last
        if let hosts = hostsLine {
            let indentation = last.map { String(repeating: " ", count: $0.indentation) } ?? "  "
            // "hosts: {}" has its mapping on the same line.
            if last == nil { edited[hosts] = "hosts:" }
            edited.insert(
                contentsOf: try block(name, entry, indentation).map { $0[...] }, at: last?.range.upperBound ?? hosts + 1
            )
        } else {
            edited += ["hosts:"] + (try block(name, entry, "  ").map { $0[...] })
        }
        return edited.joined(separator: "\n") + "\n"
    }

    func removing(_ name: String) throws -> String {
        var edited = lines
        guard let host = hostLines.first(where: { $0.name == name }) else {
            throw ValidationError("cannot find '\(name)' in the inventory's text; remove it by hand")
        }
        edited.removeSubrange(host.range)
        if hostLines.count == 1, let hosts = hostsLine { edited[hosts] = "hosts: {}" }
        return edited.joined(separator: "\n") + (edited.isEmpty ? "" : "\n")
    }

    private var hostsLine: Int? {
        hosts.map(\.key.line).flatMap { lines.indices.contains($0) ? $0 : nil }
    }

    /// The lines of each host: its name's line and those that are indented deeper.
    private var hostLines: [(name: String, range: Range<Int>, indentation: Int)] {
        (hosts?.value.members ?? []).compactMap { key, _ in
            guard let name = key.string, lines.indices.contains(key.line) else { return nil }
            var end = key.line + 1
            while end < lines.count, Self.isDeeper(lines[end], than: key.column) { end += 1 }
            return (name, key.line..<end, key.column)
        }
    }

    private static func isDeeper(_ line: Substring, than indentation: Int) -> Bool {
        line.prefix { $0 == " " }.count > indentation && !line.allSatisfy { $0 == " " }
    }

    private func block(_ name: String, _ entry: Inventory.Entry, _ indentation: String) throws -> [String] {
        var block = ["\(try YAMLNode.written(name)):", "  url: \(try YAMLNode.written(entry.url))"]
        if let groups = entry.groups {
            block.append("  groups: [\(try groups.map(YAMLNode.written).joined(separator: ", "))]")
        }
        let files = [
            ("tokenFile", entry.tokenFile), ("cacert", entry.cacert), ("cert", entry.cert), ("key", entry.key),
        ]
        for case (let field, let path?) in files { block.append("  \(field): \(try YAMLNode.written(path))") }
        return block.map { indentation + $0 }
    }
}
