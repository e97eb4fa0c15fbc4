// SPDX-License-Identifier: Apache-2.0

/// Shows events one after the other, as rows or as lines of JSON, without keeping any.
struct EventWriter {
    private static let bufferSize = 64 << 10
    /// A long URL as a host's name must not leave the events no room.
    private static let widestHost = 30

    private let style: Style
    private let columns: [Table.Column]
    private let namesHosts: Bool
    private let inColour: Bool
    private var headerIsDue: Bool
    private var buffer: [UInt8] = []

    private enum Style {
        case row
        /// With `host` in it.
        case line
        /// As the agent sent it.
        case bareLine
    }

    /// - Parameter format: json means a line for each event, as the agent sent it where there is one agent.
    init(_ format: OutputFormat, hosts: [String], inColour: Bool) {
        namesHosts = hosts.count > 1
        self.inColour = inColour
        style =
            switch format {
            case .table: .row
            case .json: hosts.count > 1 ? .line : .bareLine
            case .jsonl: .line
            }
        headerIsDue = format == .table
        let widest = hosts.map(TerminalText.width).max() ?? 0
        let host = Table.Column(title: "HOST", minimum: min(max(4, widest), Self.widestHost))
        columns = namesHosts ? [host] + EventTable.columns : EventTable.columns
    }

    mutating func write(_ event: EventLine, from host: String) throws {
        switch style {
        case .row:
            let row = EventTable.row(event)
            let name = Cell(TerminalText.fitting(host, width: Self.widestHost))
            let table = Table(columns: columns, rows: [namesHosts ? [name] + row : row])
            // The width is asked for anew: a terminal's window may have changed meanwhile.
            for line in table.lines(width: Terminal.width, inColour: inColour, withHeader: headerIsDue) {
                buffer += Array(line.utf8) + [UInt8(ascii: "\n")]
            }
            headerIsDue = false
        case .line: buffer += try event.json(host: host) + [UInt8(ascii: "\n")]
        case .bareLine: buffer += event.raw.oneLine + [UInt8(ascii: "\n")]
        }
        if buffer.count >= Self.bufferSize { try flush() }
    }

    mutating func flush() throws {
        guard !buffer.isEmpty else { return }
        try StandardStreams.write(buffer)
        buffer.removeAll(keepingCapacity: true)
    }
}
