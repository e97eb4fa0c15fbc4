// SPDX-License-Identifier: Apache-2.0

internal import ArgumentParser
internal import Yams

/// Edits the inventory's text by lines, because a YAML emitter would lose the comments.
///
/// It knows the block style, in which the file is made; the caller checks the outcome.
struct InventoryText {
    private let lines: [Substring]
    private let root: Node?

    init(_ text: String) throws {
        var lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        if lines.last?.isEmpty ?? false { lines.removeLast() }
        self.lines = lines
        root = try Yams.compose(yaml: text)
    }

    /// The new host stands last.
    func adding(_ name: String, _ entry: Inventory.Entry) throws -> String {
        var edited = lines
        let last = hostLines.last
        if let hosts = hostsLine {
            let indentation = last.map { String(repeating: " ", count: $0.indentation) } ?? "  "
            // "hosts: {}" has its mapping on the line.
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
        root?.mapping?.keys.first { $0.string == "hosts" }?.mark.map { $0.line - 1 }
            .flatMap { lines.indices.contains($0) ? $0 : nil }
    }

    /// The lines of each host: its name's and those that are indented deeper.
    private var hostLines: [(name: String, range: Range<Int>, indentation: Int)] {
        guard let hosts = root?.mapping?["hosts"]?.mapping else { return [] }
        return hosts.keys.compactMap { key in
            guard let name = key.string, let mark = key.mark, lines.indices.contains(mark.line - 1) else { return nil }
            let first = mark.line - 1
            let indentation = mark.column - 1
            var end = first + 1
            while end < lines.count, Self.isDeeper(lines[end], than: indentation) { end += 1 }
            return (name, first..<end, indentation)
        }
    }

    private static func isDeeper(_ line: Substring, than indentation: Int) -> Bool {
        line.prefix { $0 == " " }.count > indentation && !line.allSatisfy { $0 == " " }
    }

    private func block(_ name: String, _ entry: Inventory.Entry, _ indentation: String) throws -> [String] {
        let text = try YAMLEncoder().encode([name: entry])
        return text.split(separator: "\n").map { indentation + $0 }
    }
}
