// SPDX-License-Identifier: Apache-2.0

internal import ArgumentParser
internal import FoundationEssentials

/// The inventory on disk.
struct InventoryFile {
    let path: String

    /// - Throws: `ValidationError` where there is no home to look in.
    static func standard() throws -> InventoryFile {
        guard let path = Directories.inventory else {
            throw ValidationError("HOME is not set, so that there is no inventory; give --host a URL")
        }
        return InventoryFile(path: path)
    }

    /// - Throws: `ValidationError` where the file is there and is no inventory.
    func read() throws -> Inventory {
        try Self.parse(text() ?? "", from: path)
    }

    /// Puts the entry under its name; what people wrote into the file, comments too, stays.
    func add(_ name: String, _ entry: Inventory.Entry) throws {
        let old = try text() ?? ""
        var expected = try Self.parse(old, from: path)
        guard expected.hosts.updateValue(entry, forKey: name) == nil else {
            throw ValidationError("\(name) is in the inventory already; first: cluster-cli hosts remove \(name)")
        }
        try write(try InventoryText(old).adding(name, entry), expected)
    }

    func remove(_ name: String) throws {
        let old = try text() ?? ""
        var expected = try Self.parse(old, from: path)
        guard expected.hosts.removeValue(forKey: name) != nil else {
            let question = Suggestion.question(name, known: expected.names)
            throw ValidationError("the inventory has no host '\(name)'; see: cluster-cli hosts\(question)")
        }
        try write(try InventoryText(old).removing(name), expected)
    }

    static func parse(_ text: String, from path: String) throws -> Inventory {
        do {
            return try Inventory(try YAMLComposer.compose(text))
        } catch let error as Inventory.Malformed {
            throw ValidationError("\(path) is no inventory: \(error.message)")
        } catch let error as YAMLComposer.Failure {
            throw ValidationError("\(path) is not YAML: line \(error.line + 1): \(error.problem)")
        }
    }

    private func text() throws -> String? {
        guard FileManager.default.fileExists(atPath: path) else { return nil }
        do {
            return String(decoding: try Data(contentsOf: URL(filePath: path)), as: UTF8.self)
        } catch {
            throw ValidationError("cannot read \(path)")
        }
    }

    /// Only a text that reads back as what was meant replaces the file, and at once as a whole.
    private func write(_ text: String, _ expected: Inventory) throws {
        guard let written = try? Self.parse(text, from: path), written == expected else {
            throw ValidationError("\(path) is written in a way that cannot be edited by program; change it by hand")
        }
        let directory = URL(filePath: path).deletingLastPathComponent()
        do {
            try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
            try Data(text.utf8).write(to: URL(filePath: path), options: .atomic)
        } catch {
            throw ValidationError("cannot write \(path): \(error)")
        }
    }
}
