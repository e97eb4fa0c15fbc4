// SPDX-License-Identifier: Apache-2.0

/// What became of the keys of an ecosystem file's apps.
struct PM2Report {
    /// With the file of each one's configuration.
    let apps: [(app: PM2App, file: String)]

    /// For standard output.
    func render(_ format: OutputFormat) throws -> [UInt8] {
        switch format {
        case .table: Array(TerminalText.safeLines(apps.map { Self.table($0, $1) }.joined()).utf8)
        case .json:
            StandardStreams.shown(
                Array(
                    try RawJSON(object: [(name: "apps", value: RawJSON(array: apps.map { try Self.json($0, $1) }))])
                        .bytes))
                + [UInt8(ascii: "\n")]
        case .jsonl:
            try apps.flatMap { StandardStreams.shown(Array(try Self.json($0, $1).bytes)) + [UInt8(ascii: "\n")] }
        }
    }

    private static func table(_ app: PM2App, _ file: String) -> String {
        var table = Table(columns: [.init(title: "KEY"), .init(title: "BECOMES", isFlexible: true)])
        table.rows = app.fates.map { [Cell($0.key), Cell($0.fate.words)] }
        return "\(file)\n\(table.lines(width: nil, inColour: false).map { $0 + "\n" }.joined())\n"
    }

    private static func json(_ app: PM2App, _ file: String) throws -> RawJSON {
        let keys = try app.fates.map { key, fate in
            try RawJSON(object: [
                (name: "key", value: RawJSON(encoding: key)), (name: "fate", value: RawJSON(encoding: fate.name)),
                (name: fate.meaning, value: RawJSON(encoding: fate.text)),
            ])
        }
        return try RawJSON(object: [
            (name: "name", value: RawJSON(encoding: app.name)), (name: "file", value: RawJSON(encoding: file)),
            (name: "keys", value: RawJSON(array: keys)),
        ])
    }
}

extension PM2App.Fate {
    /// The case, for programs.
    fileprivate var name: String {
        switch self {
        case .becomes: "becomes"
        case .notNeeded: "notNeeded"
        case .notAvailable: "notAvailable"
        }
    }

    /// What the text is.
    fileprivate var meaning: String {
        switch self {
        case .becomes: "setting"
        case .notNeeded: "reason"
        case .notAvailable: "advice"
        }
    }

    fileprivate var text: String {
        switch self {
        case .becomes(let text), .notNeeded(let text), .notAvailable(let text): text
        }
    }
}
