// SPDX-License-Identifier: Apache-2.0

internal import Shared

/// Shows what workers print: `host instance│ line`, or lines of JSON.
struct LogPrinter: RowPrinter {
    private static let bufferSize = 64 << 10
    /// A long URL as a host's name must not leave the lines no room.
    private static let widestHost = 30
    /// Of the foreground (ECMA-48, 8.3.117). Red is left to the lines themselves.
    private static let colours = [36, 33, 32, 35, 34, 96, 93, 92, 95, 94]
    private static let reset = "\u{1B}[0m"

    private let style: Style
    /// How wide the names of hosts are; nil if there is but one.
    private let hostWidth: Int?
    private let inColour: Bool
    private var buffer: [UInt8] = []

    private enum Style {
        case text
        /// With `host` in it.
        case line
        /// As the agent sent it.
        case bareLine
    }

    /// - Parameters:
    ///   - format: json means a line for each, as the agent sent it if there is one agent.
    ///   - isList: lines of JSON name their host.
    ///   - inColour: instances have colours, and lines keep their own.
    init(_ format: OutputFormat, hosts: [String], isList: Bool, inColour: Bool) {
        self.inColour = inColour
        style =
            switch format {
            case .table: .text
            case .json: isList ? .line : .bareLine
            case .jsonl: .line
            }
        let widest = hosts.map(TerminalText.width).max() ?? 0
        hostWidth = hosts.count > 1 ? min(widest, Self.widestHost) : nil
    }

    mutating func write(_ row: EventLine, from host: String) throws {
        switch style {
        case .text: buffer += Array((text(row, from: host) + "\n").utf8)
        case .line: buffer += StandardStreams.shown(try row.json(host: host)) + [UInt8(ascii: "\n")]
        case .bareLine: buffer += StandardStreams.shown(row.raw.oneLine) + [UInt8(ascii: "\n")]
        }
        if buffer.count >= Self.bufferSize { try flush() }
    }

    private func text(_ row: EventLine, from host: String) -> String {
        let members = row.raw.members ?? []
        func member(_ name: String) -> RawJSON? { members.last { $0.name == name }?.value }
        let instance = member("instance")?.integer
        let source = member("instance")?.string ?? instance.map(String.init) ?? "-"
        var prefix = ""
        if let hostWidth {
            let name = TerminalText.fitting(TerminalText.safe(host), width: Self.widestHost)
            prefix = name + String(repeating: " ", count: max(0, hostWidth - TerminalText.width(name))) + " "
        }
        prefix += TerminalText.safe(source) + "│"
        if inColour, let instance {
            let colour = Self.colours[Int(instance.magnitude % UInt64(Self.colours.count))]
            prefix = "\u{1B}[\(colour)m\(prefix)\(Self.reset)"
        }
        // What is no line of the contract is shown as it came.
        let line = member("line")?.string ?? String(decoding: row.raw.oneLine, as: UTF8.self)
        let text = PrintedText.shown(line, inColour: inColour)
        let isMark = member("stream")?.string == "agent"
        return "\(prefix) \(isMark ? "-- \(text) --" : text)"
    }

    mutating func flush() throws {
        guard !buffer.isEmpty else { return }
        try StandardStreams.write(buffer)
        buffer.removeAll(keepingCapacity: true)
    }
}
