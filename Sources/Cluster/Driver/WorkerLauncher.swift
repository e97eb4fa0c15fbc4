// SPDX-License-Identifier: Apache-2.0

import Glibc
import LinuxIO
import Shared

/// Turns settings into a running worker.
struct WorkerLauncher {
    private let environment: [String: String]
    let fileLimit: UInt64?
    private var accounts = AccountNumbers()
    /// Workers under the inspector count up from the base port (Node `lib/internal/util/inspector.js`).
    private var inspectOffset = 0

    init(environment: [String: String], fileLimit: UInt64?) {
        self.environment = environment.filter { !SpawnRequest.serviceVariables.contains($0.key) }
        self.fileLimit = fileLimit
    }

    /// Finds what is missing without starting anything.
    mutating func check(_ settings: ClusterSettings, inherited: Set<Int32>) throws(ClusterError) {
        _ = try command(settings)
        _ = try accounts.resolve(settings)
        try (settings.stdio ?? Self.standardStdio(silent: settings.silent)).check(inherited: inherited)
    }

    /// With symlinks in the program's and the directory's path followed, so that later forks run the same even if a symlink
    /// leads elsewhere by then. A program's own link stays as it is: many programs look at the name that they are called by,
    /// and Python finds its packages by it.
    func resolve(_ settings: ClusterSettings) throws(ClusterError) -> ResolvedSettings {
        guard let exec = settings.exec else { return ResolvedSettings(settings: settings, environment: [:]) }
        var resolved = settings
        resolved.envFiles = []
        let finder = try ProgramFinder(directory: settings.cwd, search: environment["PATH"])
        switch try finder.find(exec, execPath: settings.execPath) {
        case .executable(let path): resolved.exec = ProgramFinder.realDirectory(of: path)
        case .script(let path, _, _, _): resolved.exec = ProgramFinder.real(path)
        }
        resolved.cwd = ProgramFinder.real(ProgramFinder.absolute(settings.cwd ?? "."))
        return ResolvedSettings(settings: resolved, environment: try Self.fileEnvironment(settings))
    }

    /// What the settings' files of variables say.
    ///
    /// - Throws: `ENV_FILE_NOT_READABLE` with the file.
    static func fileEnvironment(_ settings: ClusterSettings) throws(ClusterError) -> [String: String] {
        var environment: [String: String] = [:]
        for path in settings.envFiles {
            let isRelative = !path.hasPrefix("/")
            let file = ProgramFinder.absolute(isRelative ? settings.cwd.map { "\($0)/\(path)" } ?? path : path)
            environment.merge(try EnvironmentFile.read(file)) { _, new in new }
        }
        return environment
    }

    /// Starts a worker whose channel is connected.
    mutating func launch(
        _ id: WorkerID, nodeID: WorkerID, _ settings: ClusterSettings, _ forkEnvironment: [String: String],
        _ sockets: [ServerSocket], instance: Int?,
        desk: ReadinessDesk, driver: Driver
    ) throws(ClusterError) -> (port: WorkerPort, isNode: Bool) {
        let command = try command(settings)
        let identity = try accounts.resolve(settings)
        let places = DescriptorPlaces(
            settings.stdio ?? Self.standardStdio(silent: settings.silent), sockets: sockets.count,
            hasChannel: settings.hasChannel)
        var request = SpawnRequest(
            path: command.path, arguments: command.arguments + inspectArguments(settings) + command.script,
            environment: environment.merging(forkEnvironment) { _, new in new },
            directory: settings.cwd.map(ProgramFinder.absolute), uid: identity.uid, gid: identity.gid)
        request.fileLimit = fileLimit
        // Without a channel they stay unset: a Node program that finds one of them looks for the others.
        let channel = places.channel
        request.environment[Self.idVariable] = channel.map { _ in "\(nodeID)" }
        request.environment["NODE_CHANNEL_FD"] = channel.map(String.init)
        request.environment["NODE_CHANNEL_SERIALIZATION_MODE"] = channel.map { _ in settings.serialization.rawValue }
        do throws(IOError) {
            if settings.isForeign { request.introduce(settings) }
            if settings.ready == .notify { request.environment["NOTIFY_SOCKET"] = try desk.address() }
            let isTapped = settings.stdio == nil && !settings.silent
            let taps =
                try isTapped
                ? instance.flatMap { instance throws(IOError) in try driver.taps(id, .instance(instance)) } : nil
            let port = try start(id, request, places, sockets, settings.serialization, taps: taps, driver: driver)
            return (port, command.isNode)
        } catch {
            // Another try does not help if arguments and environment are too long (execve(2)).
            throw ClusterError(
                error.code == E2BIG ? .invalidArgument : .resourceExhausted, .spawnFailed,
                "worker \(id) could not be started: \(error)",
                metadata: ["workerId": "\(id)", "error": "\(error)"], cause: error)
        }
    }

    /// What makes a Node process a worker, and tells it its id in this run.
    static let idVariable = "NODE_UNIQUE_ID"

    /// Its place among a process's descriptors (stdin(3)).
    private static let standardError = 2

    /// As Node's `fork`: the channel stands behind the three standard descriptors.
    private static func standardStdio(silent: Bool) -> [StdioEntry] {
        silent ? [.pipe, .pipe, .pipe, .ipc] : [.inherit, .inherit, .inherit, .ipc]
    }

    // MARK: The command line

    private struct Command {
        let path: String
        /// What comes before the script.
        let arguments: [String]
        let script: [String]
        let isNode: Bool
    }

    private func command(_ settings: ClusterSettings) throws(ClusterError) -> Command {
        guard let exec = settings.exec else {
            throw ClusterError(.failedPrecondition, .execNotSet, "there is nothing to run: name a program (exec)")
        }
        let finder = try ProgramFinder(directory: settings.cwd, search: environment["PATH"])
        let program = try finder.find(exec, execPath: settings.execPath)
        switch program {
        case .executable(let path):
            return Command(path: path, arguments: [exec], script: settings.args, isNode: program.isNode)
        case .script(let script, let interpreter, let arguments, let executable):
            return Command(
                path: executable, arguments: [interpreter] + arguments + settings.execArgv,
                script: [script] + settings.args, isNode: program.isNode)
        }
    }

    private mutating func inspectArguments(_ settings: ClusterSettings) -> [String] {
        guard let base = InspectPort.base(settings, nodeOptions: environment["NODE_OPTIONS"]) else { return [] }
        guard settings.inspectPort == nil else { return ["--inspect-port=\(base)"] }
        inspectOffset += 1
        return ["--inspect-port=\(InspectPort.port(base, offset: inspectOffset))"]
    }

    // MARK: The process

    private func start(
        _ id: WorkerID, _ request: SpawnRequest, _ places: DescriptorPlaces, _ sockets: [ServerSocket],
        _ serialization: Serialization, taps: OutputTaps?, driver: Driver
    ) throws(IOError) -> WorkerPort {
        // The child's ends; all are closed here when the child has its copies.
        let table = DescriptorTable()
        var sources: [ProcessSpawner.Source] = []
        var pipes: [OutputDrain] = []
        // A program that gets no channel is to us one that has closed it.
        let channel = try UnixSocketPair()
        do throws(IOError) {
            for (place, entry) in places.entries.enumerated() {
                switch entry {
                case .stdio(.ignore): sources.append(.null)
                case .stdio(.inherit):
                    guard let taps, let stream = WorkerStream(descriptor: place) else {
                        sources.append(.inherited(Int32(place)))
                        continue
                    }
                    sources.append(try taps.pipe(stream, in: table, owner: request.uid))
                case .stdio(.descriptor(let number)): sources.append(.inherited(Int32(clamping: number)))
                case .stdio(.ipc): sources.append(.owned(table.insert(try channel.far.duplicated())))
                case .socket(let index): sources.append(.owned(table.insert(try sockets[index].duplicated())))
                case .stdio(.pipe):
                    let pipe = try UnixSocketPair()
                    sources.append(.owned(table.insert(try pipe.far.duplicated())))
                    pipes.append(
                        try OutputDrain(
                            try pipe.near.duplicated(), loop: driver.loop, keepsTail: place == Self.standardError))
                }
            }
            let process = try Self.spawn(request, sources, from: table, guardedBy: try driver.requireGuard())
            do throws(IOError) {
                let (reader, writer) = Self.wire(serialization)
                return try WorkerPort(
                    id, process, channel: try channel.near.duplicated(), reader: reader, writer: writer, pipes: pipes,
                    taps: taps, driver: driver)
            } catch {
                process.killAndReap()
                throw error
            }
        } catch {
            for pipe in pipes { pipe.close() }
            taps?.close()
            throw error
        }
    }

    static func spawn(
        _ request: SpawnRequest, _ sources: [ProcessSpawner.Source], from table: DescriptorTable,
        guardedBy orphanGuard: OrphanGuard
    ) throws(IOError) -> ProcessHandle {
        do {
            return try ProcessSpawner.spawn(request, descriptors: sources, from: table, guardedBy: orphanGuard)
        } catch {
            throw IOError("spawn", code: error.code)
        }
    }

    static func wire(_ serialization: Serialization) -> (any WireReader<WorkerFrame>, any WireWriter) {
        switch serialization {
        case .json: (JSONReader<WorkerFrame>(), JSONWriter())
        case .advanced: (AdvancedReader<WorkerFrame>(), AdvancedWriter())
        }
    }
}
