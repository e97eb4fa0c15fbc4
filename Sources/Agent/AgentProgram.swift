// SPDX-License-Identifier: Apache-2.0

import Cluster
import Contract
import Glibc
import History
import Logging
import ServiceLifecycle
import Shared
import Supervision
import WorkerLogs

/// One run of the agent, from taking the data directory's lock to releasing it.
struct AgentProgram {
    let configuration: AgentConfiguration
    /// Whether to forget what was changed through the API.
    let isFresh: Bool
    /// See `PrimaryConfiguration`.
    let workerFileLimit: UInt64?
    let logger: Logger
    private let hangup = HangupPolicy.inherited
    private let givenUp = GivenUp()

    /// Serves until SIGTERM, SIGINT or SIGQUIT. It leaves nothing behind, even if the start was not complete. It obeys
    /// signals from its first step on.
    /// - Parameter announce: called with one line when the agent is ready.
    /// - Throws: `StartupError`.
    /// - Returns: how the primary script has ended, if there was one.
    func run(announce: @escaping @Sendable (String) -> Void) async throws -> ScriptEnd? {
        let signals = ProcessSignals()
        do {
            return try await run(signals, announce: announce)
        } catch is EndRequests.Interruption {
            logger.notice("told to end before it was ready")
            return nil
        }
    }

    private func run(
        _ signals: ProcessSignals, announce: @escaping @Sendable (String) -> Void
    ) async throws -> ScriptEnd? {
        let directory = try DataDirectory(creating: configuration.dataDirectory)
        try signals.ends.checkStart()
        let lock = try DirectoryLock(path: directory.lock)
        defer { withExtendedLifetime(lock) {} }
        try SocketFile.checkPlace(configuration.socket.path ?? directory.socket)
        try directory.adminToken.ensure()
        directory.warnOfOthers(logger: logger)
        configuration.fleet?.warnOfOthers(logger: logger)
        try signals.ends.checkStart()
        let note = UnstoredNote(path: directory.unstored)
        let unstored = note.open()
        let history = openHistory(directory.history)
        defer {
            note.flush(within: 1)
            close(history)
        }
        try signals.ends.checkStart()
        let tls = try makeTLS()
        let output = makeOutput(directory)
        // After the primary has ended, and with it the thread that reads.
        defer { output?.store.close(within: 5) }
        let assembly = try await assemble(directory, lock, tls: tls, history: history, note: note, output: output)
        if let unstored { assembly.recorder.recordGap(of: unstored) }
        defer { assembly.socketFile?.remove() }
        try signals.ends.checkStart()

        if !configuration.runsPrimary, let exec = configuration.settings.exec, ForkingProgram.isOne(exec) {
            logger.notice(
                "the program calls cluster.fork(), and the agent runs its worker half alone; --primary runs both",
                metadata: ["exec": "\(exec)"])
        }
        let workers = assembly.workers
        let services = assembly.makeServices(
            workers: workers, grace: configuration.grace, givenUp: givenUp,
            manager: ServiceManager(environment: .current)
        ) { listeners in
            let tcp = listeners.filter { $0.transport == .tcp }.map { "api \($0)" }
            let unix = listeners.filter { $0.transport == .unix }.map(\.description)
            announce(
                "cluster-agent \(AgentVersion.current) ready: \((tcp + unix).joined(separator: " ")), "
                    + "workers \(workers), pid \(getpid())")
        }
        let group = ServiceGroup(configuration: ServiceGroupConfiguration(services: services, logger: logger))
        signals.ends.didStart()
        let stopping = Task {
            await obey(signals, group: group, assembly: assembly) {
                assembly.socketFile?.remove()
                lock.removeFile()
            }
        }
        defer { stopping.cancel() }
        do {
            try await group.run()
        } catch is PrimaryScriptEnded {
            // As after a signal.
        } catch {
            await assembly.closer.close()
            throw Self.naming(assembly.state?.inForce ?? [], error)
        }
        await assembly.closer.close()
        await releaseNumbers(assembly, history)
        return await assembly.script?.end
    }

    private func assemble(
        _ directory: DataDirectory, _ lock: DirectoryLock, tls: TLSContext?, history: History, note: UnstoredNote,
        output: WorkerOutput?
    ) async throws -> AgentAssembly {
        let first = FirstNumbers(history, logger: logger)
        let (start, state) = try startingPoint(directory)
        var primaryConfiguration = PrimaryConfiguration(
            settings: numbered(start.settings, revision: first.revision), environment: configuration.workerEnvironment,
            firstWorkerID: first.workerID, maxWorkers: configuration.maxWorkers,
            listenerLinger: configuration.listenerLinger, orphanGrace: configuration.grace)
        primaryConfiguration.steering = configuration.steering
        primaryConfiguration.inheritedDescriptors = InheritedDescriptors.atStart
        primaryConfiguration.reapsOrphans = true
        primaryConfiguration.workerFileLimit = workerFileLimit
        primaryConfiguration.reserved = first.reserved
        primaryConfiguration.outputCollector = output
        let primary = try Primary(primaryConfiguration, logger: logger)
        let supervisor = try Supervisor(primary, policy: start.policy, configuration: supervision(of: primary))
        let script = try ScriptStart(configuration, in: directory).map {
            PrimaryScript($0, primary: primary, grace: configuration.grace, logger: logger)
        }
        let unheard = makeUnheard()
        if let unheard { await primary.whenMessageUnread { Task { await unheard.noteUnreadMessage() } } }
        let numbers = first.reserved.map { _ in
            NumberReserve(history: history, first: first, logger: logger) { await primary.reserve($0) }
        }
        let identity = AgentIdentity(
            of: VersionReply(
                version: AgentVersion.current, apiVersion: AgentVersion.api, swift: AgentVersion.compiler,
                pid: getpid(), startedAt: .now, hostname: AccessPolicy.machineName, agentId: ""),
            history: history)
        let tokens = TokenRegistry(admin: directory.adminToken, others: directory.tokens, logger: logger)
        let isOpen = configuration.authentication == .none
        let roles = try SocketRoles(configuration.socket)
        let asksForCertificates = configuration.tls?.clientCA != nil
        return AgentAssembly(
            primary: primary, supervisor: supervisor, history: history, identity: identity,
            access: AccessPolicy(
                tokens: isOpen ? nil : tokens, clientRoles: asksForCertificates ? configuration.clientRoles : nil,
                listen: configuration.listen, hostNames: configuration.hostNames),
            listeners: [.unix(path: configuration.socket.path ?? directory.socket)]
                + configuration.listen.map(tls == nil ? Listener.tcp : Listener.tls),
            socketMode: configuration.socket.mode, socketGroup: try configuration.socket.groupNumber(),
            holdsDirectory: { lock.isInPlace },
            gate: ConnectionGate(
                limits: configuration.limits, tls: tls, reserve: DescriptorReserve(logger: logger), roles: roles),
            retention: configuration.retention, workers: start.workers, numbers: numbers, state: state, note: note,
            output: output, fleet: configuration.fleet, script: script, unheard: unheard, logger: logger)
    }

    /// Nil: the workers have no primary half, or it runs.
    private func makeUnheard() -> UnheardWorkers? {
        guard !configuration.runsPrimary, let exec = configuration.settings.exec else { return nil }
        let finder = try? ProgramFinder(
            directory: configuration.settings.cwd, search: configuration.workerEnvironment["PATH"])
        let program = try? finder?.find(exec, execPath: configuration.settings.execPath)
        guard program?.isNode == true else { return nil }
        return UnheardWorkers(clock: ContinuousClock()) { [logger] finding in
            logger.notice("\(finding.rawValue); if the program has a primary half, --primary runs both halves")
        }
    }

    /// Nil: workers write to the agent's own streams.
    private func makeOutput(_ directory: DataDirectory) -> WorkerOutput? {
        guard configuration.output.isCaptured else { return nil }
        return WorkerOutput(
            path: directory.logs, options: configuration.output, streams: WorkerOutputStreams(), logger: logger)
    }

    private func supervision(of primary: Primary) -> SupervisorConfiguration {
        let log = SupervisionLog(logger: logger)
        var supervision = SupervisorConfiguration(
            maxInstances: configuration.maxWorkers, instanceVariable: configuration.instanceVariable,
            onEvent: { event in
                log.note(event)
                let note = EventNote(event)
                // It is called on the primary's thread.
                primary.assumeIsolated { $0.note(note, requestID: event.because?.origin) }
            }, onGiveUp: { [givenUp] in givenUp.tell() })
        supervision.onForkFailure = { error, instance in log.noteForkFailure(error, instance: instance) }
        return supervision
    }

    private func makeTLS() throws(StartupError) -> TLSContext? {
        guard let files = configuration.tls else { return nil }
        return try TLSContext(files)
    }

    /// If the history does not open, the agent works without it, `/readyz` says so, and the recorder tries again.
    private func openHistory(_ path: String) -> History {
        let history = History(path: path) { [logger] notice in
            switch notice {
            case .setAside(let name, let reason):
                logger.error(
                    "the history was damaged; a new one begins",
                    metadata: ["setAside": "\(name)", "error": "\(reason)"])
            case .opened(let orphans): Self.end(orphans, logger)
            }
        }
        do {
            try history.open()
        } catch {
            logger.error("cannot open the history; events wait", metadata: ["error": "\(error)"])
        }
        return history
    }

    /// If the last run was killed and its guard too, some of its workers may still hold ports.
    private static func end(_ orphans: [WorkerInfo], _ logger: Logger) {
        let ended = OrphanedWorkers.end(orphans)
        guard !ended.isEmpty else { return }
        logger.notice("ended workers that another run had left behind", metadata: ["workers": "\(ended)"])
    }

    private func close(_ history: History) {
        do {
            try history.close(within: 5)
        } catch {
            logger.warning("cannot close the history in good order", metadata: ["error": "\(error)"])
        }
    }

    /// If the last run stored everything, the history tells which numbers were used.
    private func releaseNumbers(_ assembly: AgentAssembly, _ history: History) async {
        guard assembly.recorder.trouble == nil, assembly.recorder.lostEvents == 0 else { return }
        let revision = await assembly.primary.settings.revision
        // If this fails, the next run begins some numbers further on.
        try? history.releaseNumbers(settings: revision)
    }

    /// The configuration, and what was changed through the API while the configuration said the same.
    ///
    /// - Throws: `StartupError` if the process may have too few files for the workers that were asked for.
    private func startingPoint(_ directory: DataDirectory) throws(StartupError) -> (StoredState.Base, StateKeeper) {
        let base = StoredState.Base(
            workers: configuration.workers, maxWorkers: configuration.maxWorkers, policy: configuration.policy,
            settings: configuration.settings)
        if isFresh { directory.state.remove() }
        var state = directory.state.read(logger)
        let (start, kept, dropped) = state.applied(to: base)
        if !kept.isEmpty {
            logger.notice(
                "values that were changed through the API are in force; --fresh forgets them",
                metadata: ["keys": "\(kept.joined(separator: " "))"])
        }
        if !dropped.isEmpty {
            logger.notice(
                "the configuration has changed since values were changed through the API, so it counts",
                metadata: ["keys": "\(dropped.joined(separator: " "))"])
            for key in dropped { state.entries[key] = nil }
            // Otherwise they would count again if the configuration is changed back.
            do {
                try directory.state.write(state)
            } catch {
                logger.warning("cannot forget them", metadata: ["error": "\(error)"])
            }
        }
        try FileLimit.check(
            cores: AvailableCores.count, workers: start.workers, inherited: InheritedDescriptors.atStart)
        return (start, StateKeeper(directory.state, base: base, state: state, inForce: kept, logger: logger))
    }

    /// A mistake may be in what was changed through the API, and not in the configuration that people look at.
    private static func naming(_ inForce: [String], _ error: any Error) -> any Error {
        let settings = inForce.filter { $0.hasPrefix(StoredState.settingsPrefix) }
        guard let error = error as? StartupError, error.code == .configuration, !settings.isEmpty else { return error }
        let keys = settings.joined(separator: ", ")
        return StartupError(
            error.code, "\(error.description) (changed through the API: \(keys); --fresh starts as configured)")
    }

    /// Revisions go on from the last run, for people. An etag never equals one of another run.
    private func numbered(_ settings: ClusterSettings, revision: Int) -> ClusterSettings {
        var settings = settings
        settings.run = [UInt8].random(4).hex
        settings.revision = revision
        return settings
    }

    /// The first SIGTERM, SIGINT or SIGQUIT ends the agent in good order, and the second one at once (`SignalRepeats` tells
    /// which is a second one). SIGHUP reloads the certificates. Without certificates it means that the terminal is
    /// gone, and a terminal may say so more than once.
    ///
    /// - Parameter removeFiles: what must still happen before an immediate end.
    private func obey(
        _ signals: ProcessSignals, group: ServiceGroup, assembly: AgentAssembly, removeFiles: () -> Void
    ) async {
        var isFirst = true
        let reloading = assembly.gate.tls.map { tls in Reloading { [logger] in Self.reload(tls, logger) } }
        for await signal in signals.signals {
            if signal == SIGHUP { reloading?.request() }
            if await assembly.script?.takes(signal) == true { continue }
            if signal == SIGHUP, reloading != nil {
                continue
            } else if let excuse = excuse(for: signal) {
                logger.notice("signal ignored: \(excuse)", metadata: ["signal": "\(Self.name(of: signal))"])
            } else if signal == SIGHUP, !isFirst {
                continue
            } else if isFirst {
                isFirst = false
                logger.notice(
                    "shutting down; a second signal kills the workers at once",
                    metadata: ["signal": "\(Self.name(of: signal))"])
                await group.triggerGracefulShutdown()
            } else {
                await killAll(assembly)
                removeFiles()
                AgentStreams.flush()
                exit(128 + signal)
            }
        }
    }

    private static func name(of signal: Int32) -> String {
        Signal(number: signal)?.description ?? "\(signal)"
    }

    /// Why a signal does not end the agent; nil if it does.
    private func excuse(for signal: Int32) -> String? {
        switch signal {
        case SIGTERM, SIGINT, SIGQUIT: nil
        case SIGHUP: hangup.excuse
        default: "it means nothing to the agent"
        }
    }

    private static func reload(_ tls: TLSContext, _ logger: Logger) {
        do {
            try tls.reload()
            logger.notice("read the certificates again")
        } catch {
            logger.error("cannot read the certificates again; going on with the old", metadata: ["error": "\(error)"])
        }
    }

    /// Also removes the files of the workers' sockets, unless a process hangs in the kernel. The agent's end does not
    /// wait for it.
    private func killAll(_ assembly: AgentAssembly) async {
        let (ends, end) = AsyncStream.makeStream(of: Void.self)
        Task {
            _ = await assembly.primary.stop(within: .zero)
            await assembly.closer.close()
            end.finish()
        }
        Task {
            try? await Task.sleep(for: .seconds(2))
            end.finish()
        }
        for await _ in ends {}
    }
}
