// SPDX-License-Identifier: Apache-2.0

/// Shows events of the fleet one after the other, as rows or as lines of JSON, without keeping any.
struct FleetEventPrinter: RowPrinter {
    private static let bufferSize = 64 << 10
    /// Limits an agent's name, so that it leaves room for the events.
    private static let widestAgent = 30

    private let format: OutputFormat
    private let inColour: Bool
    private var headerIsDue: Bool
    private var buffer: [UInt8] = []

    init(_ format: OutputFormat, inColour: Bool) {
        self.format = format
        self.inColour = inColour
        headerIsDue = format == .table
    }

    mutating func write(_ event: EventLine, from host: String) throws {
        if format == .table {
            let width = Terminal.width
            let longest = width.map(Table.longestText(atWidth:)) ?? .max
            let name = Cell(TerminalText.fitting(event.raw["agent"]?.string ?? "", width: Self.widestAgent))
            let column = Table.Column(title: "AGENT", minimum: 12)
            let table = Table(
                columns: [column] + EventTable.columns(), rows: [[name] + EventTable.row(event, longest: longest)])
            for line in table.lines(width: width, inColour: inColour, withHeader: headerIsDue) {
                buffer += Array(line.utf8) + [UInt8(ascii: "\n")]
            }
            headerIsDue = false
        } else {
            buffer += StandardStreams.shown(event.raw.oneLine) + [UInt8(ascii: "\n")]
        }
        if buffer.count >= Self.bufferSize { try flush() }
    }

    mutating func flush() throws {
        guard !buffer.isEmpty else { return }
        try StandardStreams.write(buffer)
        buffer.removeAll(keepingCapacity: true)
    }
}
