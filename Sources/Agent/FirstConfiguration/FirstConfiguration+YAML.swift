// SPDX-License-Identifier: Apache-2.0

import FoundationEssentials
import Shared

extension FirstConfiguration {
    /// The file, with what people change most.
    func yaml() throws -> String {
        var lines = ["# What \(name) runs, as cluster-agent init has found it. All settings: docs/configuration.md"]
        lines += ["name: \(try Self.scalar(name))", Self.remark("exec: \(try Self.scalar(exec))", origin)]
        if !args.isEmpty { lines.append("args: \(try Self.list(args))") }
        if !execArgv.isEmpty { lines.append(Self.remark("execArgv: \(try Self.list(execArgv))", "node's own options")) }
        lines.append("cwd: \(try Self.scalar(folder))")
        lines +=
            isPrimary
            ? [Self.remark("primary: true", "it calls cluster.fork() itself; false: the agent keeps the workers")]
            : [Self.remark("workers: max", "one per core; or a number")]
        lines.append(Self.remark("grace: 8s", "how long workers may finish their connections"))
        lines += ["", "# Variables of the workers. A reload reads the files again."]
        let file = "envFiles: [\(try Self.scalar(folder + "/.env"))]"
        lines.append(hasEnvironmentFile ? file : "# " + file)
        lines +=
            variables.isEmpty
            ? ["# worker:", "#   env: {NODE_ENV: production}"] : ["worker:", "  env: \(try Self.list(variables))"]
        lines += [
            "", "# The API over TCP too. cluster-agent token create makes a token for it.",
            #"# listen: ["127.0.0.1:7420"]"#, "", "supervision:",
            Self.remark("  readyTimeout: 30s", "a worker that does not listen by then has failed"),
            Self.remark("#   maxMemory: 512M", "a larger worker is replaced"), "",
        ]
        return lines.joined(separator: "\n")
    }

    private static func remark(_ line: String, _ text: String) -> String {
        line + String(repeating: " ", count: max(1, 40 - line.count)) + "# " + text
    }

    private static func list(_ items: [String]) throws -> String {
        "[\(try items.map(scalar).joined(separator: ", "))]"
    }

    /// JSON is YAML, if it spells out some characters. So what is not plain is written as JSON.
    private static func scalar(_ text: String) throws -> String {
        let reserved: Set<String> = ["true", "false", "null", "yes", "no", "on", "off", "y", "n"]
        let isPlain =
            text.first.map { $0.isLetter || $0 == "/" } ?? false && !reserved.contains(text.lowercased())
            && text.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "/._-".contains($0)) }
        if isPlain { return text }
        let encoder = JSONEncoder()
        encoder.outputFormatting = .withoutEscapingSlashes
        return String(decoding: TerminalSafe.json(Array(try encoder.encode(text))), as: UTF8.self)
    }
}
