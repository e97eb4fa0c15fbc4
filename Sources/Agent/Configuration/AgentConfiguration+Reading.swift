// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Cluster
import Glibc
import History
import Logging
import Shared

extension AgentConfiguration {
    /// - Throws: `StartupError` that names each invalid value. If all are valid, it names the first ones that
    ///   contradict each other.
    init(
        telling reader: ConfigurationReader, environment: [String: String], cores: Int
    ) throws(StartupError) {
        var reader = reader
        var errors: [StartupError] = []
        while true {
            do throws(StartupError) {
                let configuration = try AgentConfiguration(reader, environment: environment, cores: cores)
                guard errors.isEmpty else { throw StartupError(errors) }
                self = configuration
                return
            } catch {
                // The other errors may come from values that are missing now.
                guard let key = error.key else { throw errors.isEmpty ? error : StartupError(errors) }
                errors.append(error)
                reader.ignored.insert(key)
            }
        }
    }

    /// - Parameters:
    ///   - environment: the agent's.
    ///   - cores: see `AvailableCores`.
    /// - Throws: `StartupError`: 78 if a value is invalid, 64 if values contradict each other.
    init(
        _ reader: ConfigurationReader, environment: [String: String], cores: Int
    ) throws(StartupError) {
        name = try reader.name
        dataDirectory = try DataDirectory.path(reader, in: environment)
        // Several agents cannot have the one standard port, and the unix socket is enough for this machine.
        listen =
            try reader.list(.listen, ListenAddress.form, { ListenAddress($0) }).flatMap { $0.isEmpty ? nil : $0 }
            ?? (name == nil ? [.standard] : [])
        hostNames = try reader.list(.hostNames, "a name without a port", Self.hostName) ?? []
        socket = try SocketAccess(reader)
        authentication = try reader.flag(.insecureNoAuth) ? .none : .token
        allowsPlaintext = try reader.flag(.insecurePlaintext)
        runsPrimary = try reader.flag(.primary)
        script = try reader.text(.exec)
        settings = try Self.settings(reader, search: environment["PATH"] ?? "", runsPrimary: runsPrimary)
        let count = try reader.value(.workers, WorkerCount.form, WorkerCount.init(argument:))
        workers = (count ?? (settings.exec == nil || runsPrimary ? .exactly(0) : .max)).resolved(cores: cores)
        maxWorkers = try reader.integer(.maxWorkers, in: 1...100_000) ?? 1024
        steering = try SteeringPolicy(reader)
        policy = try SupervisionPolicy(reader)
        instanceVariable = try reader.value(.instanceVariable, "a variable's name") { Self.isName($0) ? $0 : nil }
        let own = try Self.ownEnvironment(reader)
        workerEnvironment = Self.workerEnvironment(from: environment).merging(own) { _, own in own }
        workerVariables = own.keys.sorted()
        listenerLinger =
            try reader.value(.listenerLinger, GracePeriod.form, GracePeriod.init(argument:))?.duration ?? .seconds(10)
        grace = try (reader.value(.grace, GracePeriod.form, GracePeriod.init(argument:)) ?? .standard)
            .duration
        limits = try ConnectionLimits(reader)
        retention = try HistoryRetention(reader)
        output = try WorkerOutput.Options(reader)
        let levels = Logger.Level.allCases.map(\.rawValue).joined(separator: ", ")
        logLevel = try reader.value(.logLevel, "one of \(levels)") { Logger.Level(rawValue: $0) } ?? .notice
        // These come last, because they compare values, and each value must be checked first.
        tls = try TLSFiles(reader)
        clientRoles = try ClientRoles(reader)
        fleet = try FleetOptions(reader, listen: listen, isEncrypted: tls != nil)
        try checkTogether(reader)
    }

    /// Nil for a name that no `Host` header could have. An IPv6 address may have brackets.
    private static func hostName(_ text: String) -> String? {
        guard let authority = Authority(text) ?? Authority("[\(text)]"), authority.port == nil else { return nil }
        return [authority.host, "[\(authority.host)]"].contains(text) ? authority.host : nil
    }

    private func checkTogether(_ reader: ConfigurationReader) throws(StartupError) {
        if settings.exec == nil, workers > 0 {
            throw reader.conflict(between: .workers, problem: "\(reader.name(of: .workers)) needs an EXEC to fork")
        }
        if script == nil, runsPrimary {
            throw reader.conflict(between: .primary, problem: "\(reader.name(of: .primary)) needs an EXEC to run")
        }
        if workers > maxWorkers {
            throw reader.conflict(
                between: .workers,
                problem:
                    "\(reader.name(of: .workers)) is \(workers), more than \(reader.name(of: .maxWorkers)), which is "
                    + "\(maxWorkers)")
        }
        if steering.stickiness == .header, settings.schedulingPolicy != .roundRobin {
            throw reader.conflict(
                between: .stickiness, .schedulingPolicy,
                problem:
                    "\(reader.name(of: .stickiness)): header needs the policy rr, because only then the agent reads what "
                    + "clients send first")
        }
        if steering.stickiness != .none, settings.schedulingPolicy == .none {
            throw reader.conflict(
                between: .stickiness, .schedulingPolicy,
                problem:
                    "\(reader.name(of: .stickiness)) needs the policy rr or reuseport, because with none the workers "
                    + "accept by themselves")
        }
        if steering.stickiness != .none, !settings.listen.isEmpty, !settings.channel {
            throw reader.conflict(
                between: .stickiness, .workerListen,
                problem:
                    "\(reader.name(of: .stickiness)) does nothing with \(reader.name(of: .workerListen)), because all workers "
                    + "share those sockets")
        }
        // A file that shows all values says `sticky: none`, and may name these.
        let details = [ConfigurationKey.stickyHeader, .stickyWait]
        if !reader.isGiven(.stickiness), let key = details.first(where: reader.isGiven) {
            throw reader.conflict(
                between: key, .stickiness,
                problem: "\(reader.name(of: key)) does nothing without \(reader.name(of: .stickiness)): header")
        }
        guard let open = listen.first(where: { !$0.isLoopback }) else { return }
        if authentication == .none {
            throw reader.conflict(
                between: .insecureNoAuth, .listen,
                problem: "\(reader.name(of: .insecureNoAuth)) is for loopback only, and \(open) is not")
        }
        if tls == nil, !allowsPlaintext {
            throw reader.conflict(
                between: .listen,
                problem: "\(reader.name(of: .listen)): \(open) can be reached from other machines without encryption; "
                    + advice(reader))
        }
    }

    /// In the words of the place that gave the address.
    private func advice(_ reader: ConfigurationReader) -> String {
        switch reader.origin(of: .listen) {
        case .file: "set tls.cert and tls.key, listen on 127.0.0.1, or set insecure.plaintext: true"
        default: "give --tls-cert and --tls-key, listen on 127.0.0.1, or say --insecure-plaintext"
        }
    }

    /// - Parameter search: the directories for programs that are named without a path, as in PATH.
    private static func settings(
        _ reader: ConfigurationReader, search: String, runsPrimary: Bool
    ) throws(StartupError) -> ClusterSettings {
        var settings = ClusterSettings()
        settings.cwd = try reader.text(.cwd).map(ProgramFinder.absolute)
        settings.execPath = try reader.text(.execPath)
        settings.execArgv = try reader.list(.execArgv, "a text") { $0 } ?? []
        settings.envFiles =
            try reader.list(.envFiles, "a path") { $0.isEmpty ? nil : ProgramFinder.absolute($0) } ?? []
        let forms = Serialization.allCases.map(\.rawValue).joined(separator: ", ")
        settings.serialization =
            try reader.value(.serialization, "one of \(forms)") { Serialization(rawValue: $0) }
            ?? settings.serialization
        settings.stdio = try reader.list(
            .stdio, "pipe, ignore, inherit, ipc or a descriptor's number", StdioEntry.init(word:))
        settings.silent = try reader.flag(.silent)
        settings.uid = try reader.value(.uid, "a user's name or number", Account.init(word:))
        settings.gid = try reader.value(.gid, "a group's name or number", Account.init(word:))
        settings.args = try reader.list(.args, "a text") { $0 } ?? []
        let policies = SchedulingPolicy.allCases.map(\.rawValue).joined(separator: ", ")
        settings.schedulingPolicy =
            try reader.value(.schedulingPolicy, "one of \(policies)") { SchedulingPolicy(rawValue: $0) }
            ?? settings.schedulingPolicy
        settings.listen =
            try reader.list(.workerListen, "tcp://HOST:PORT, udp://HOST:PORT or unix:///PATH", ListenURL.init) ?? []
        settings.ready = try reader.value(.workerReady, ReadinessChoice.form) { ReadinessChoice($0) }?.readiness
        settings.channel = try reader.flag(.workerChannel)
        settings.disconnectSignal = try reader.value(.workerDisconnectSignal, "a signal such as SIGTERM") {
            Signal($0).flatMap { $0 == .test ? nil : $0 }
        }
        // Comes last, because a missing program must not hide an invalid value.
        if let exec = try reader.text(.exec) {
            // Node runs a primary script, and never looks for it in PATH.
            let interpreter = runsPrimary ? settings.execPath ?? "node" : nil
            settings.exec = try find(exec, in: settings.cwd, search: search, interpreter: interpreter, reader)
        }
        return settings
    }

    /// The variables that the configuration sets for each worker.
    private static func ownEnvironment(_ reader: ConfigurationReader) throws(StartupError) -> [String: String] {
        let entries = try reader.list(.workerEnvironment, "NAME=VALUE") { text -> (String, String)? in
            guard let sign = text.firstIndex(of: "="), isName(String(text[..<sign])) else { return nil }
            return (String(text[..<sign]), String(text[text.index(after: sign)...]))
        }
        return Dictionary(entries ?? []) { _, last in last }
    }

    private static func isName(_ text: String) -> Bool {
        !text.isEmpty && !text.utf8.contains { $0 == 0 || $0 == UInt8(ascii: "=") }
    }

    /// Looks now, while somebody sees the answer, and not at the first fork.
    ///
    /// - Parameter interpreter: what runs a primary script. Nil for workers.
    private static func find(
        _ exec: String, in directory: String?, search: String, interpreter: String?, _ reader: ConfigurationReader
    ) throws(StartupError) -> String {
        do {
            return try ProgramFinder(directory: directory, search: search).find(exec, execPath: interpreter).path
        } catch  where error.reason == .execNotFound && error.metadata["exec"] == exec {
            throw reader.conflict(
                between: .exec,
                problem: "cannot find \(reader.name(of: .exec)): \(exec): \(String(cString: strerror(ENOENT)))")
        } catch  where error.reason == .cwdNotFound && interpreter != nil {
            // No fork reports it for a primary script.
            throw reader.conflict(between: .cwd, problem: error.message)
        } catch {
            // The first fork reports what is wrong with the program or its interpreter, and the history keeps that.
            return ProgramFinder.absolute(exec, in: directory)
        }
    }
}
