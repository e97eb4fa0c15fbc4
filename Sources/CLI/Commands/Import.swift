// SPDX-License-Identifier: Apache-2.0

internal import ArgumentParser
internal import Glibc
internal import Shared

/// `cluster-cli import`
struct Import: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "import", abstract: "Makes configurations from another program's.", subcommands: [ImportPM2.self])
}

/// `cluster-cli import pm2 FILE`
struct ImportPM2: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "pm2", abstract: "Makes a configuration of each app of a PM2 ecosystem file.",
        discussion: """
            EXAMPLES:
              cluster-cli import pm2 ecosystem.config.js
              cluster-cli import pm2 ecosystem.config.js --out /etc/cluster-agent

            It runs the file with node, writes NAME.yaml for each app, and shows what became of each key. A file that is
            there already is not replaced.
            """)

    @Argument(help: "The ecosystem file.", completion: .file())
    var file: String

    @Option(
        help: ArgumentHelp("Where the configurations go. (default: here)", valueName: "dir"), completion: .directory)
    var out = "."

    @OptionGroup var global: GlobalOptions

    func run() throws {
        guard let path = realpath(file, nil) else {
            throw ValidationError("\(file): \(String(cString: strerror(errno)))")
        }
        defer { free(path) }
        let absolute = String(cString: path)
        let folder = String(absolute[..<(absolute.lastIndex(of: "/") ?? absolute.endIndex)])
        guard let list = RawJSON(try NodeEvaluation.apps(in: absolute))?.decoded(as: [[String: JSONValue]].self) else {
            throw ValidationError("\(file): it has no list of apps")
        }
        let apps = list.enumerated().map { PM2App($1, folder: folder.isEmpty ? "/" : folder, number: $0 + 1) }
        guard Set(apps.map(\.name)).count == apps.count else {
            throw ValidationError("\(file): two apps have the same name")
        }
        for app in apps {
            let place = "\(out)/\(app.name).yaml"
            try Self.write(app.yaml, to: place)
            try StandardStreams.write(Array(TerminalText.safeLines(Self.report(app, place)).utf8))
        }
    }

    private static func report(_ app: PM2App, _ place: String) -> String {
        var table = Table(columns: [.init(title: "KEY"), .init(title: "BECOMES", isFlexible: true)])
        table.rows = app.fates.map { [Cell($0.key), Cell($0.fate.words)] }
        let rows = table.lines(width: nil, inColour: false).map { $0 + "\n" }.joined()
        return "\(place)\n\(rows)\n"
    }

    private static func write(_ text: String, to place: String) throws {
        // The environment may hold secrets.
        let descriptor = open(place, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o640)
        guard descriptor >= 0 else { throw ValidationError("\(place): \(String(cString: strerror(errno)))") }
        defer { close(descriptor) }
        guard WholeWrite.put(Array(text.utf8), into: descriptor) else {
            let problem = OutputFailure(reason: String(cString: strerror(errno)), place: place)
            unlink(place)
            throw problem
        }
    }
}
