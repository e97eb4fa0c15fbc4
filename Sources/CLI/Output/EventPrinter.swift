// SPDX-License-Identifier: Apache-2.0

/// Shows events one after the other, as rows or as lines of JSON, without keeping any.
struct EventPrinter: RowPrinter {
    private static let bufferSize = 64 << 10
    /// Limits a host's name, so that a long URL leaves room for the events.
    private static let widestHost = 30

    private let style: Style
    /// Nil if there is only one.
    private let hostColumn: Table.Column?
    private let inColour: Bool
    private var headerIsDue: Bool
    private var buffer: [UInt8] = []
    /// A `setup` that is not shown yet, because it may belong to a fork.
    private var held: (event: EventLine, host: String)?
    private var previous: (event: EventLine, host: String)?

    private enum Style {
        case row
        /// With `host` in it.
        case line
        /// As the agent sent it.
        case bareLine
    }

    /// - Parameters:
    ///   - format: json means one line per event. With one agent it is the agent's own line.
    ///   - isList: whether lines of JSON name their host.
    init(_ format: OutputFormat, hosts: [String], isList: Bool, inColour: Bool) {
        self.inColour = inColour
        style =
            switch format {
            case .table: .row
            case .json: isList ? .line : .bareLine
            case .jsonl: .line
            }
        headerIsDue = format == .table
        let widest = hosts.map(TerminalText.width).max() ?? 0
        hostColumn =
            hosts.count > 1 ? Table.Column(title: "HOST", minimum: min(max(4, widest), Self.widestHost)) : nil
    }

    /// Rows leave out the `setup` of each fork. It repeats the settings, and the fork's row stands beside it. JSON has
    /// all events.
    mutating func write(_ event: EventLine, from host: String) throws {
        guard case .row = style else { return try show(event, from: host) }
        defer { previous = (event, host) }
        if let held, held.host == host, held.event.isSetup(of: event) { self.held = nil }
        try showHeld()
        // If the newest come first, the fork is the one before.
        if let previous, previous.host == host, event.isSetup(of: previous.event) { return }
        if event.type == "setup" { held = (event, host) } else { try show(event, from: host) }
    }

    private mutating func showHeld() throws {
        guard let (event, host) = held else { return }
        held = nil
        try show(event, from: host)
    }

    private mutating func show(_ event: EventLine, from host: String) throws {
        switch style {
        case .row:
            // The width is read each time, because the terminal's window may have changed.
            let width = Terminal.width
            let table = table(event, from: host, width: width)
            for line in table.lines(width: width, inColour: inColour, withHeader: headerIsDue) {
                buffer += Array(line.utf8) + [UInt8(ascii: "\n")]
            }
            headerIsDue = false
        case .line: buffer += StandardStreams.shown(try event.json(host: host)) + [UInt8(ascii: "\n")]
        case .bareLine: buffer += StandardStreams.shown(event.raw.oneLine) + [UInt8(ascii: "\n")]
        }
        if buffer.count >= Self.bufferSize { try flush() }
    }

    /// Leaves out the day if there is no room for it.
    private func table(_ event: EventLine, from host: String, width: Int?) -> Table {
        func table(_ clock: EventTable.Clock) -> Table {
            let longest = width.map(Table.longestText(atWidth:)) ?? .max
            let (columns, row) = (EventTable.columns(clock), EventTable.row(event, clock, longest: longest))
            guard let hostColumn else { return Table(columns: columns, rows: [row]) }
            let name = Cell(TerminalText.fitting(host, width: Self.widestHost))
            return Table(columns: [hostColumn] + columns, rows: [[name] + row])
        }
        let whole = table(.whole)
        return width.map { $0 < whole.comfortableWidth } ?? false ? table(.ofDay) : whole
    }

    mutating func flush() throws {
        try showHeld()
        guard !buffer.isEmpty else { return }
        try StandardStreams.write(buffer)
        buffer.removeAll(keepingCapacity: true)
    }
}
