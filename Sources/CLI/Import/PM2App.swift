// SPDX-License-Identifier: Apache-2.0

internal import Shared

/// One app of a PM2 ecosystem file as an agent's configuration, and what became of each key.
struct PM2App {
    /// What became of a key.
    enum Fate: Hashable {
        /// It stands in the configuration, under this key.
        case becomes(String)
        case notNeeded(String)
        /// What to use in its place.
        case notAvailable(String)

        /// For people.
        var words: String {
            switch self {
            case .becomes(let key): key
            case .notNeeded(let reason): "not needed: \(reason)"
            case .notAvailable(let advice): "not available: \(advice)"
            }
        }
    }

    /// As the configuration's file is called.
    let name: String
    /// Values by the configuration's keys.
    private(set) var values: [String: JSONValue] = [:]
    /// In the order of the keys' names.
    private(set) var fates: [(key: String, fate: Fate)] = []

    /// - Parameters:
    ///   - keys: the app's, as the file has them.
    ///   - folder: the file's, absolute. PM2 starts apps there.
    ///   - number: for a name, if the app has none.
    init(_ keys: [String: JSONValue], folder: String, number: Int) {
        name = Self.name(keys["name"]?.text ?? "") ?? "app-\(number)"
        values["name"] = .string(name)
        values["cwd"] = .string(folder)
        // Whatever runs as one process must not become several.
        if keys["instances"] == nil { values["workers"] = 1 }
        for (key, value) in keys.sorted(by: { $0.key < $1.key }) where value != .null {
            fates.append((key, take(key, value, folder: folder)))
        }
    }

    /// The configuration's file.
    var yaml: String {
        var lines = ["# \(name), as cluster-cli import pm2 has read it. All settings: docs/configuration.md"]
        let order = ["name", "exec", "args", "cwd", "execPath", "execArgv", "envFiles", "uid", "gid", "workers"]
        for key in order { if let value = values[key] { lines.append("\(key): \(value.yaml)") } }
        for section in ["worker", "supervision"] {
            let inner = values.filter { $0.key.hasPrefix(section + ".") }.sorted { $0.key < $1.key }
            guard !inner.isEmpty else { continue }
            lines.append("\(section):")
            lines += inner.map { "  \($0.key.dropFirst(section.count + 1)): \($0.value.yaml)" }
        }
        return lines.map { $0 + "\n" }.joined()
    }

    private mutating func set(_ key: String, _ value: JSONValue?) -> Fate {
        guard let value else { return .notAvailable("its value means nothing here") }
        values[key] = value
        return .becomes(key)
    }

    private mutating func take(_ key: String, _ value: JSONValue, folder: String) -> Fate {
        switch key {
        case "name":
            return .becomes(value.text == name ? "name" : "name, as \(name)")
        case "script", "exec": return program(value)
        case "args": return set("args", value.words)
        case "cwd":
            return set("cwd", value.text.map { .string(Self.path($0, in: folder)) })
        case "interpreter", "exec_interpreter":
            guard let program = value.text, !["node", "none"].contains(program) else {
                return .notNeeded("the program itself tells")
            }
            return set("execPath", .string(program))
        case "interpreter_args", "node_args":
            return set("execArgv", Self.joined(values["execArgv"], value.words))
        case "source_map_support":
            guard value == true else { return .notNeeded("it is off") }
            return set("execArgv", Self.joined(values["execArgv"], ["--enable-source-maps"]))
        case "instances": return instances(value)
        case "exec_mode":
            return .notNeeded("workers share ports if they ask for the same; one that must be alone has workers: 1")
        case "env":
            guard case .object(let variables) = value else { return set("worker.env", nil) }
            return set("worker.env", .object(variables.compactMapValues { $0.text.map(JSONValue.string) }))
        case "env_file":
            return set("envFiles", value.text.map { .array([.string(Self.path($0, in: folder))]) })
        case _ where key.hasPrefix("env_"):
            return .notAvailable(
                "write its variables to a file, and name it in envFiles, or at a reload with --env-file")
        case "uid", "user": return set("uid", value)
        case "gid": return set("gid", value)
        default: return supervision(key, value) ?? Self.others[key] ?? .notAvailable("nothing is known of this key")
        }
    }

    /// As the name of an agent: `my app` is `my-app`. Nil if nothing is left.
    private static func name(_ given: String) -> String? {
        let plain = String(given.map { GivenName.isValid("_\($0)") ? $0 : "-" }.prefix(100))
        let name = String(plain.drop { "-.".contains($0) })
        return GivenName.isValid(name) ? name : nil
    }

    private mutating func program(_ value: JSONValue) -> Fate {
        let fate = set("exec", value.text.map(JSONValue.string))
        let runner = value.text?.split(separator: "/").last.map(String.init) ?? ""
        guard ["npm", "npx", "yarn", "pnpm"].contains(runner) else { return fate }
        return .becomes("exec; name the program that \(runner) starts, or the workers cannot share a port")
    }

    private mutating func instances(_ value: JSONValue) -> Fate {
        switch value {
        case "max", 0, "0": return set("workers", "max")
        case .integer(let count) where count > 0: return set("workers", value)
        case .string(let text) where Int(text).map { $0 > 0 } ?? false:
            return set("workers", Int64(text).map(JSONValue.integer))
        default:
            _ = set("workers", "max")
            return .notAvailable("workers is now max; write how many there are to be")
        }
    }

    private mutating func supervision(_ key: String, _ value: JSONValue) -> Fate? {
        switch key {
        case "autorestart":
            return value == false ? set("supervision.restart", "never") : .notNeeded("workers are replaced")
        case "stop_exit_codes":
            // autorestart: false says more.
            if values["supervision.restart"] != nil { return .notNeeded("no worker is replaced") }
            guard value == 0 || value == [0] else {
                return .notAvailable("supervision.restart: onFailure leaves out those that end with 0, no other code")
            }
            return set("supervision.restart", "onFailure")
        case "wait_ready":
            return value == true ? set("worker.ready", "message") : .notNeeded("a worker is ready when it listens")
        case "listen_timeout": return set("supervision.readyTimeout", value.time)
        case "kill_timeout": return set("supervision.drainTimeout", value.time)
        case "restart_delay", "exp_backoff_restart_delay": return set("supervision.backoff", value.time)
        case "min_uptime": return set("supervision.minReady", value.time)
        case "max_restarts": return set("supervision.intensity", value)
        case "max_memory_restart": return set("supervision.maxMemory", value.text.map(JSONValue.string))
        case "instance_var": return set("supervision.instanceVariable", value)
        default: return nil
        }
    }

    private static let others: [String: Fate] = {
        var fates: [String: Fate] = [
            "watch": .notAvailable("in development use node --watch"),
            "cron_restart": .notAvailable(
                "a systemd timer with cluster-cli reload; for old workers supervision.maxAge"),
            "cron": .notAvailable("a systemd timer with cluster-cli reload; for old workers supervision.maxAge"),
            "shutdown_with_message": .notNeeded("workers are told by a message"),
            "increment_var": .notAvailable("CLUSTER_INSTANCE counts the instances from 0"),
            "treekill": .notNeeded("what a worker leaves behind is ended too"),
            "force": .notNeeded("each app has its own agent"),
        ]
        for key in ["ignore_watch", "watch_options", "watch_delay"] { fates[key] = .notAvailable("as watch") }
        let logs = [
            "out_file", "error_file", "log_file", "output", "error", "log", "log_date_format", "log_type", "merge_logs",
            "combine_logs", "time", "disable_logs",
        ]
        for key in logs { fates[key] = .notNeeded("cluster-cli logs shows each line with its time and worker") }
        for key in ["pmx", "vizion", "namespace", "automation", "pid_file", "pid", "version", "description"] {
            fates[key] = .notNeeded("it is PM2's own")
        }
        return fates
    }()

    /// `./` means the folder itself.
    private static func path(_ text: String, in folder: String) -> String {
        if text.hasPrefix("/") { return text }
        let parts = text.split(separator: "/").filter { $0 != "." }
        return parts.isEmpty ? folder : folder + "/" + parts.joined(separator: "/")
    }

    private static func joined(_ first: JSONValue?, _ second: JSONValue?) -> JSONValue? {
        guard case .array(let more)? = second else { return nil }
        guard case .array(let words)? = first else { return second }
        return .array(words + more)
    }
}

extension JSONValue {
    /// A text, or a number or a truth value as one.
    fileprivate var text: String? {
        switch self {
        case .string(let text): text
        case .integer(let number): "\(number)"
        case .number(let number): "\(number)"
        case .bool(let value): "\(value)"
        case .null, .array, .object: nil
        }
    }

    /// A list of words, or a text of words with blanks between them.
    fileprivate var words: JSONValue? {
        switch self {
        case .string(let text): .array(text.split(separator: " ").map { .string(String($0)) })
        case .array(let items): .array(items.compactMap { $0.text.map(JSONValue.string) })
        case .null, .bool, .integer, .number, .object: nil
        }
    }

    /// PM2's times are milliseconds, or have a unit.
    fileprivate var time: JSONValue? {
        guard let text else { return nil }
        return .string(Int(text) == nil ? text : text + "ms")
    }

    /// JSON is YAML.
    fileprivate var yaml: String {
        (try? RawJSON(encoding: self)).map { String(decoding: $0.bytes, as: UTF8.self) } ?? "null"
    }
}
