// SPDX-License-Identifier: Apache-2.0

import Shared

/// What an application's folder tells of how an agent runs it.
struct FirstConfiguration: Hashable {
    /// The agent's.
    let name: String
    /// Absolute.
    let folder: String
    /// As the configuration has it.
    private(set) var exec: String
    /// Where that comes from, for people.
    private(set) var origin: String
    private(set) var args: [String] = []
    private(set) var execArgv: [String] = []
    private(set) var variables: [String] = []
    /// The program forks its workers itself.
    private(set) var isPrimary = false
    private(set) var hasEnvironmentFile = false
    /// What is to be checked, for people.
    private(set) var doubts: [String] = []

    /// Node's projects usually call their program so.
    private static let usual = ["server.js", "app.js", "index.js", "server.mjs", "app.mjs", "index.mjs"]

    /// What the machine tells.
    struct Surroundings {
        /// Absolute.
        var folder: String
        /// Whether a path in the folder is a file.
        var isFile: (String) -> Bool
        /// How many bytes an agent's name may have.
        var longestName: Int
        /// Nil if nobody knows.
        var node: () -> NodeVersion?
    }

    /// - Parameter given: the program on the command line.
    /// - Throws: `StartupError` (64) if nothing tells which program it is.
    init(
        _ given: String?, manifest: PackageManifest?, in surroundings: Surroundings
    ) throws(StartupError) {
        folder = surroundings.folder
        name = Self.name(manifest, surroundings, &doubts)
        let isFile = surroundings.isFile
        let script = manifest?.start.flatMap(StartScript.init)
        if let given {
            (exec, origin) = (given, "as you named it")
        } else if let script, let program = Self.program(of: script, isFile) {
            (exec, origin) = (program, "package.json: scripts.start")
            (args, execArgv, variables) = (script.args, script.execArgv, script.variables)
        } else if let main = manifest?.main, let file = Self.module(main, isFile) {
            (exec, origin) = (file, "package.json: main")
        } else if let file = Self.usual.first(where: isFile) {
            (exec, origin) = (file, "it is here")
        } else {
            let start = manifest?.start.map { "; npm start is: \(Self.shown($0))" } ?? ""
            throw StartupError(
                .usage, "cannot tell which program \(folder) has\(start); name it: cluster-agent init server.js")
        }
        isPrimary = ForkingProgram.isOne(exec.hasPrefix("/") ? exec : folder + "/" + exec)
        hasEnvironmentFile = isFile(".env")
        if given == nil, let start = manifest?.start, origin != "package.json: scripts.start" {
            let reason = script == nil ? "init does not understand it" : "what it starts is not here"
            doubts.append("npm start is: \(Self.shown(start)); \(reason), so exec is \(exec) (\(origin))")
        }
        if let doubt = typeScriptDoubt(surroundings.node) { doubts.append(doubt) }
    }

    /// The package's, else the folder's.
    private static func name(
        _ manifest: PackageManifest?, _ surroundings: Surroundings, _ doubts: inout [String]
    ) -> String {
        let folder = surroundings.folder.split(separator: "/").last.map(String.init)
        var problem: String?
        for name in [manifest?.name, folder].compactMap(\.self) where GivenName.isValid(name) {
            if name == AgentName.unnamed {
                problem = "\(name) is what cluster-cli calls an agent without a name"
            } else if name.utf8.count > surroundings.longestName {
                problem = "\(name) has \(name.utf8.count) bytes, and \(surroundings.longestName) are possible"
            } else {
                if let problem { doubts.append("\(problem), so the name is \(name)") }
                return name
            }
        }
        if let problem { doubts.append("\(problem), so the name is app") }
        return "app"
    }

    private static func program(of script: StartScript, _ isFile: (String) -> Bool) -> String? {
        if script.isNode { return module(script.program, isFile) }
        // npm puts these in the script's PATH.
        let installed = "node_modules/.bin/" + script.program
        return isFile(installed) ? installed : module(script.program, isFile)
    }

    /// The file of a module's path, which may lack its ending (nodejs.org/api/modules.html).
    private static func module(_ path: String, _ isFile: (String) -> Bool) -> String? {
        ["", ".js", ".mjs", ".cjs", "/index.js"].map { path + $0 }.first(where: isFile)
    }

    private func typeScriptDoubt(_ node: () -> NodeVersion?) -> String? {
        // An option of Node's may bring a loader.
        guard execArgv.isEmpty, [".ts", ".mts", ".cts"].contains(where: exec.hasSuffix), let node = node(),
            !node.stripsTypes
        else { return nil }
        return
            "\(exec) is TypeScript, which Node runs from 22.18 and 23.6 on, and this is \(node); name what the compiler makes of it"
    }

    /// For a terminal.
    private static func shown(_ text: String) -> String { TerminalSafe.text(String(text.prefix(200))) }
}
