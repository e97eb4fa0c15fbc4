// SPDX-License-Identifier: Apache-2.0

internal import ArgumentParser
internal import Glibc
internal import Shared

/// The inventory on disk.
struct InventoryFile {
    /// Room for ten thousand hosts. A larger file is not an inventory.
    static let largest = 1 << 20

    let path: String
    /// How long the file may take. Its disk may not answer.
    var patience = Duration.seconds(10)

    /// The file's disk does not answer.
    struct Late: Error {
        let path: String

        var message: String { "\(path) did not come in time; give it longer with --timeout" }
    }

    /// - Throws: `ValidationError` if there is no home directory.
    static func standard(within patience: Duration) throws -> InventoryFile {
        guard let path = Directories.inventory else {
            throw ValidationError("HOME is not set, so there is no inventory; give --host a URL")
        }
        return InventoryFile(path: path, patience: patience)
    }

    /// - Throws: `ValidationError` if the file exists and is not an inventory, or ``Late``.
    func read() throws -> Inventory {
        try inTime { try Self.parse(text() ?? "", from: path) }
    }

    private func inTime<Value: Sendable>(_ work: @escaping @Sendable () throws -> Value) throws -> Value {
        guard let result = Errand.result(until: .now + patience, { Result { try work() } }) else {
            throw Late(path: path)
        }
        return try result.get()
    }

    /// Puts the entry under its name. Everything else in the file stays, also comments.
    func add(_ name: String, _ entry: Inventory.Entry) throws {
        try edit { old, inventory in
            guard inventory.hosts.updateValue(entry, forKey: name) == nil else {
                throw ValidationError("\(name) is in the inventory already; first: cluster-cli hosts remove \(name)")
            }
            return try InventoryText(old).adding(name, entry)
        }
    }

    func remove(_ name: String) throws {
        try edit { old, inventory in
            guard inventory.hosts.removeValue(forKey: name) != nil else {
                let question = NearestName.question(name, in: inventory.names)
                throw ValidationError("the inventory has no host '\(name)'; see: cluster-cli hosts\(question)")
            }
            return try InventoryText(old).removing(name)
        }
    }

    /// One edit at a time: if two read the same text, the later one would undo the other.
    ///
    /// - Parameter change: makes the new text from the old one, and the same change in its meaning.
    private func edit(_ change: @escaping @Sendable (String, inout Inventory) throws -> String) throws {
        try inTime { try replace(change) }
    }

    private func replace(_ change: (String, inout Inventory) throws -> String) throws {
        let replacement = try FileReplacement(of: path, patience: min(.seconds(5), patience / 2))
        let old = try text() ?? ""
        var expected = try Self.parse(old, from: path)
        let new = try change(old, &expected)
        // Replaces the file only if the new text reads back as it was meant.
        guard let written = try? Self.parse(new, from: path), written == expected else {
            throw ValidationError(obstacle(in: old))
        }
        try replacement.write(Array(new.utf8))
    }

    /// Why the text cannot be edited.
    private func obstacle(in text: String) -> String {
        let bytes = Array(text.utf8)
        let breaks = bytes.indices.filter { bytes[$0] == UInt8(ascii: "\r") }
        guard let first = breaks.first else {
            return "\(path) is written in a way that cannot be edited by program; change it by hand"
        }
        return first + 1 < bytes.count && bytes[first + 1] == UInt8(ascii: "\n")
            ? "\(path) has the line ends of Windows (CRLF); change them first, with: sed -i 's/\\r$//' \(path)"
            : "\(path) has carriage returns (CR) as line ends; change them first, with: sed -i 's/\\r/\\n/g' \(path)"
    }

    static func parse(_ text: String, from path: String) throws -> Inventory {
        do {
            return try Inventory(try YAMLComposer.compose(text))
        } catch let error as Inventory.Malformed {
            throw ValidationError("\(path) is not an inventory: \(error.message)")
        } catch let error as YAMLComposer.Failure {
            throw ValidationError("\(path) is not YAML: line \(error.line + 1): \(error.problem)")
        }
    }

    /// Nil if there is no file.
    private func text() throws -> String? {
        do {
            let bytes = try SmallFile.read(path, limit: Self.largest, .regular)
            guard let text = String(validating: bytes, as: UTF8.self) else {
                throw ValidationError("\(path) is not UTF-8; save it as UTF-8")
            }
            return text
        } catch let failure as SmallFile.Failure {
            if failure.errno == ENOENT { return nil }
            throw ValidationError("cannot read \(path): \(failure.reason)")
        }
    }
}
