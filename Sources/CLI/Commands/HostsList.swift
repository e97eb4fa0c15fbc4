// SPDX-License-Identifier: Apache-2.0

internal import ArgumentParser

/// `cluster-cli hosts`
struct HostsList: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "list", abstract: "Shows the inventory.")

    @OptionGroup var global: GlobalOptions

    func validate() throws {
        try global.refuseRegistry()
    }

    func run() throws {
        let inventory = try InventoryFile.standard(within: global.timeout.duration).read()
        let wanted = global.group.isEmpty ? inventory.names : global.group.flatMap(inventory.names(ofGroup:))
        let entries = wanted.compactMap { name in inventory.hosts[name].map { (name: name, entry: $0) } }
        switch global.output {
        case .table: try StandardStreams.write(Array(table(entries).utf8))
        case .json:
            let objects = try entries.map { try json($0.name, $0.entry) }
            let list = StandardStreams.shown(Array(RawJSON(array: objects).bytes))
            try StandardStreams.write(list + [UInt8(ascii: "\n")])
        case .jsonl:
            for (name, entry) in entries {
                let line = StandardStreams.shown(Array(try json(name, entry).bytes))
                try StandardStreams.write(line + [UInt8(ascii: "\n")])
            }
        }
        complain(about: entries)
    }

    /// A host that cannot be called is listed too, with a line about it on standard error.
    private func complain(about entries: [(name: String, entry: Inventory.Entry)]) {
        for (name, entry) in entries where AgentAddress(entry.url)?.isAnywhere != true {
            StandardStreams.complain(TerminalText.safe("\(name): \(AgentAddress.complaint(about: entry.url))"))
        }
    }

    private func table(_ entries: [(name: String, entry: Inventory.Entry)]) -> String {
        var table = Table(columns: [
            .init(title: "HOST"), .init(title: "URL", isFlexible: true), .init(title: "GROUPS", isFlexible: true),
        ])
        table.rows = entries.map { name, entry in
            let groups = entry.groups ?? []
            let url = AgentAddress(entry.url) == nil ? AgentAddress.shown(entry.url) : entry.url
            return [Cell(name), Cell(url), groups.isEmpty ? "-" : Cell(groups.joined(separator: ","))]
        }
        return table.lines(width: Terminal.width, inColour: false).map { $0 + "\n" }.joined()
    }

    private func json(_ name: String, _ entry: Inventory.Entry) throws -> RawJSON {
        let fields = try RawJSON(encoding: entry).members ?? []
        return try RawJSON(object: [(name: "host", value: RawJSON(encoding: name))] + fields)
    }
}
