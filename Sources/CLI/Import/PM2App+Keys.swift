// SPDX-License-Identifier: Apache-2.0

internal import Shared

extension PM2App {
    /// Takes one key over.
    /// - Parameter key: by PM2's own name.
    mutating func take(_ key: String, _ value: JSONValue) -> Fate {
        switch key {
        case "name": nameFate
        case "script": program(value)
        case "args":
            isCommandLine ? .notNeeded("script has its own") : set("args", PM2Value.words(value).map(JSONValue.list))
        case "cwd": set("cwd", PM2Value.text(value).map { .string(path($0)) })
        case "exec_interpreter": interpreter(value)
        case "node_args": appendToExecArgv(PM2Value.words(value))
        case "source_map_support":
            value == true ? appendToExecArgv(["--enable-source-maps"]) : .notNeeded("it is off")
        case "instances": instances(value)
        case "env": variables(value)
        case "port": port(value)
        case "env_file": set("envFiles", PM2Value.text(value).map { .list([path($0)]) })
        case _ where key.hasPrefix("env_"):
            .notAvailable("write its variables to a file, and name it in envFiles, or at a reload with --env-file")
        case "uid", "gid": set(key, PM2Value.account(value))
        default: supervision(key, value) ?? PM2Key.fates[key] ?? .notAvailable("nothing is known of this key")
        }
    }

    private mutating func set(_ key: String, _ value: JSONValue?) -> Fate {
        guard let value else { return .notAvailable("its value means nothing here") }
        values[key] = value
        return .becomes(key)
    }

    private var nameFate: Fate {
        let words = PM2Value.text(keys["name"]) == name ? "name" : "name, as \(name)"
        guard name.utf8.count > surroundings.longestName else { return .becomes(words) }
        return .becomes("\(words); for the system's agents: your own may have \(surroundings.longestName) bytes")
    }

    // MARK: The program

    /// PM2 gives a script with blanks to a shell.
    private var isCommandLine: Bool { PM2Value.text(keys["script"])?.contains(" ") == true }

    private mutating func program(_ value: JSONValue) -> Fate {
        guard let script = PM2Value.text(value), !script.isEmpty else { return set("exec", nil) }
        if isCommandLine {
            (values["exec"], values["args"]) = ("bash", .list(["-c", script]))
            return .becomes("exec, args; name the program that bash starts, or the workers cannot share a port")
        }
        values["exec"] = .string(script)
        let file = script.split(separator: "/").last.map(String.init) ?? ""
        if script == "serve" {
            return .becomes("exec; PM2 means its own file server: name a program that serves files")
        }
        if ["npm", "npx", "yarn", "pnpm"].contains(file) {
            return .becomes("exec; name the program that \(file) starts, or the workers cannot share a port")
        }
        let ending = file.lastIndex(of: ".").map { String(file[file.index(after: $0)...]) } ?? ""
        guard keys["exec_interpreter"] == nil, let interpreter = Self.interpreters[ending] else {
            return .becomes("exec")
        }
        values["execPath"] = .string(interpreter)
        return .becomes("exec, execPath")
    }

    /// What PM2 runs files with that need not be executable. It takes `python` for the last, which few machines have.
    private static let interpreters = ["sh": "bash", "rb": "ruby", "php": "php", "pl": "perl", "py": "python3"]

    private mutating func interpreter(_ value: JSONValue) -> Fate {
        guard let program = PM2Value.text(value), !["node", "none"].contains(program) else {
            return .notNeeded("the program itself tells")
        }
        guard !program.hasPrefix("node@") else {
            return .notAvailable("execPath: the path of a Node of version \(program.dropFirst("node@".count))")
        }
        return set("execPath", .string(program))
    }

    private mutating func appendToExecArgv(_ words: [String]?) -> Fate {
        guard let words else { return set("execArgv", nil) }
        let before: [JSONValue] = if case .array(let items)? = values["execArgv"] { items } else { [] }
        return set("execArgv", .array(before + words.map(JSONValue.string)))
    }

    /// `./` means the folder itself.
    private func path(_ text: String) -> String {
        if let home = surroundings.home, text == "~" || text.hasPrefix("~/") { return home + text.dropFirst() }
        if text.hasPrefix("/") { return text }
        let parts = text.split(separator: "/").filter { $0 != "." }
        let folder = surroundings.folder == "/" ? "" : surroundings.folder
        return parts.isEmpty ? surroundings.folder : folder + "/" + parts.joined(separator: "/")
    }

    // MARK: How many, and with which variables

    /// As many as an agent takes.
    private static let mostWorkers = 1000

    private mutating func instances(_ value: JSONValue) -> Fate {
        switch PM2Value.instances(value) {
        case .all: return set("workers", "max")
        case .exactly(let count) where count <= Self.mostWorkers: return set("workers", .integer(Int64(count)))
        case .exactly:
            _ = set("workers", "max")
            return .notAvailable("workers is now max; \(Self.mostWorkers) are possible")
        case .allBut(let count):
            _ = set("workers", "max")
            return .notAvailable("workers is now max; PM2 leaves \(count) of the cores free, so write the number")
        case nil: return set("workers", nil)
        }
    }

    private mutating func variables(_ value: JSONValue) -> Fate {
        guard case .object(let given) = value else { return set("worker.env", nil) }
        // `port` may have been taken already.
        for (name, value) in given where Self.isVariable(name) && !(name == "PORT" && keys["port"] != nil) {
            add(name, PM2Value.variable(value))
        }
        let odd = given.keys.filter { !Self.isVariable($0) }.sorted()
        return .becomes("worker.env" + (odd.isEmpty ? "" : ", without \(odd.joined(separator: ", "))"))
    }

    private mutating func port(_ value: JSONValue) -> Fate {
        guard let port = PM2Value.text(value) else { return set("worker.env", nil) }
        add("PORT", port)
        return .becomes("worker.env, as PORT")
    }

    private mutating func add(_ name: String, _ value: String?) {
        var variables: [String: JSONValue] = [:]
        if case .object(let before)? = values["worker.env"] { variables = before }
        variables[name] = value.map(JSONValue.string)
        values["worker.env"] = .object(variables)
    }

    private static func isVariable(_ name: String) -> Bool {
        !name.isEmpty && !name.utf8.contains { $0 == 0 || $0 == UInt8(ascii: "=") }
    }

    // MARK: Supervision

    private mutating func supervision(_ key: String, _ value: JSONValue) -> Fate? {
        switch key {
        case "autorestart":
            return value == false || value == "false"
                ? set("supervision.restart", "never") : .notNeeded("workers are replaced")
        case "stop_exit_codes":
            // autorestart: false says more.
            if values["supervision.restart"] != nil { return .notNeeded("no worker is replaced") }
            guard value == 0 || value == [0] else {
                return .notAvailable("supervision.restart: onFailure leaves out those that end with 0, no other code")
            }
            return set("supervision.restart", "onFailure")
        case "wait_ready":
            return value == true ? set("worker.ready", "message") : .notNeeded("a worker is ready when it listens")
        case "listen_timeout": return time("supervision.readyTimeout", value)
        case "kill_timeout": return time("supervision.drainTimeout", value)
        case "min_uptime": return time("supervision.minReady", value)
        case "exp_backoff_restart_delay": return time("supervision.backoff", value)
        case "restart_delay":
            if keys["exp_backoff_restart_delay"] != nil { return .notNeeded("exp_backoff_restart_delay says more") }
            // The delay does not grow.
            let fate = time("supervision.backoff", value)
            values["supervision.backoffMax"] = values["supervision.backoff"]
            return fate == .becomes("supervision.backoff") ? .becomes("supervision.backoff, backoffMax") : fate
        case "max_restarts": return restarts(value)
        case "max_memory_restart": return memory(value)
        case "instance_var":
            return set(
                "supervision.instanceVariable",
                PM2Value.text(value).flatMap { Self.isVariable($0) ? .string($0) : nil })
        default: return nil
        }
    }

    private mutating func time(_ key: String, _ value: JSONValue) -> Fate {
        guard let milliseconds = PM2Value.milliseconds(value) else { return set(key, nil) }
        // To PM2, 0 is as if it were not there; to the agent it is no limit.
        if milliseconds == 0 { return .notNeeded("0 means the default") }
        return set(key, .string("\(milliseconds)ms"))
    }

    private mutating func restarts(_ value: JSONValue) -> Fate {
        guard let count = PM2Value.text(value).flatMap({ Double($0) }), count >= 0 else {
            return set("supervision.intensity", nil)
        }
        // An agent keeps the times of at most a thousand failures.
        guard count <= 1000 else {
            _ = set("supervision.intensity", 0)
            return .becomes("supervision.intensity, as 0: no limit")
        }
        return set("supervision.intensity", .integer(Int64(count)))
    }

    private mutating func memory(_ value: JSONValue) -> Fate {
        guard let bytes = PM2Value.bytes(value) else { return set("supervision.maxMemory", nil) }
        guard bytes >= 1 << 20 else {
            return .notAvailable("supervision.maxMemory is at least 1M, and this is \(bytes) bytes")
        }
        return set("supervision.maxMemory", .string(SizeArgument.exactly(bytes)))
    }
}

extension JSONValue {
    fileprivate static func list(_ words: [String]) -> JSONValue { .array(words.map(JSONValue.string)) }
}
