// SPDX-License-Identifier: Apache-2.0

internal import Shared

extension PM2App {
    /// The configuration's file.
    var yaml: String {
        var lines = ["# \(name), as cluster-cli import pm2 has read it. All settings: docs/configuration.md"]
        let order = ["name", "exec", "args", "cwd", "execPath", "execArgv", "envFiles", "uid", "gid", "workers"]
        for key in order { if let value = values[key] { lines.append("\(key): \(Self.yaml(value))") } }
        for section in ["worker", "supervision"] {
            let inner = values.filter { $0.key.hasPrefix(section + ".") }.sorted { $0.key < $1.key }
            guard !inner.isEmpty else { continue }
            lines.append("\(section):")
            lines += inner.map { "  \($0.key.dropFirst(section.count + 1)): \(Self.yaml($0.value))" }
        }
        return lines.map { $0 + "\n" }.joined()
    }

    /// JSON is YAML, if it spells out some characters.
    private static func yaml(_ value: JSONValue) -> String {
        (try? RawJSON(encoding: value)).map { String(decoding: TerminalText.safeJSON(Array($0.bytes)), as: UTF8.self) }
            ?? "null"
    }
}
