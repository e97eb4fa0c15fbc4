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

    /// What Node's projects usually call their program.
    private static let usual = ["server.js", "app.js", "index.js", "server.mjs", "app.mjs", "index.mjs"]

    /// - Parameters:
    ///   - given: the program on the command line.
    ///   - folder: absolute.
    ///   - isFile: whether a path in the folder is a file.
    /// - Throws: `StartupError` (64) if nothing tells which program it is.
    init(
        _ given: String?, manifest: PackageManifest?, folder: String, isFile: (String) -> Bool
    ) throws(StartupError) {
        self.folder = folder
        let ownName = folder.split(separator: "/").last.map(String.init) ?? ""
        name = manifest?.name ?? (GivenName.isValid(ownName) ? ownName : "app")
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
            let start = manifest?.start.map { "; npm start is: \($0)" } ?? ""
            throw StartupError(
                .usage, "cannot tell which program \(folder) has\(start); name it: cluster-agent init server.js")
        }
        isPrimary = ForkingProgram.isOne(exec.hasPrefix("/") ? exec : folder + "/" + exec)
        hasEnvironmentFile = isFile(".env")
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
}
