// SPDX-License-Identifier: Apache-2.0

import Cluster
import Glibc
import Logging
import Shared

/// The primary half of a program, from its start to its end.
actor PrimaryScript {
    private let primary: Primary
    private let start: ScriptStart
    private let grace: Duration
    private let logger: Logger
    private var machine = PrimaryScriptStateMachine()
    /// How its process has ended.
    private(set) var end: ScriptEnd?
    private let stops: AsyncStream<Void>
    private let stop: AsyncStream<Void>.Continuation
    private let exits: AsyncStream<Void>
    private let exited: AsyncStream<Void>.Continuation

    /// How long the kernel may take to end what has been killed.
    private static let killingTime = Duration.seconds(1)

    init(_ start: ScriptStart, primary: Primary, grace: Duration, logger: Logger) {
        self.primary = primary
        self.start = start
        self.grace = grace
        self.logger = logger
        (stops, stop) = AsyncStream.makeStream()
        (exits, exited) = AsyncStream.makeStream()
    }

    /// - Throws: `StartupError`
    func run() async throws(StartupError) {
        do throws(ClusterError) {
            let pid = try await primary.startScript(start) { end in Task { await self.didExit(end) } }
            machine.didStart()
            logger.info("primary script started", metadata: ["pid": "\(pid)"])
        } catch {
            throw StartupError(.configuration, error.message)
        }
    }

    /// Passes a signal on.
    ///
    /// - Returns: false if it is for the agent.
    func takes(_ signal: Int32) async -> Bool {
        let request: PrimaryScriptStateMachine.Request
        switch signal {
        case SIGTERM, SIGINT, SIGQUIT: request = .end(signal: signal)
        case SIGHUP, SIGUSR2: request = .tell(signal: signal)
        default: return false
        }
        guard let actions = machine.didReceive(request) else { return false }
        await run(actions)
        return true
    }

    /// Returns when the agent is to stop because of the script; false if the task is cancelled first.
    func waitForStop() async -> Bool {
        for await _ in stops { return true }
        return false
    }

    /// Leaves nothing of it behind.
    func kill() async {
        await primary.killScript()
        guard machine.phase != .waiting, end == nil else { return }
        // Its last output and its end come on the primary's thread. If it hangs in the kernel, they do not come.
        await withTaskGroup { group in
            group.addTask { [exits] in for await _ in exits {} }
            group.addTask { try? await Task.sleep(for: Self.killingTime) }
            await group.next()
            group.cancelAll()
        }
    }

    private func didExit(_ end: ScriptEnd) async {
        self.end = end
        exited.finish()
        logger.notice("the primary script has ended", metadata: ["end": "\(end.words)"])
        await run(machine.didExit())
    }

    private func didWait() async {
        let actions = machine.didWait()
        if !actions.isEmpty { logger.warning("the primary script has not ended in time, and is killed") }
        await run(actions)
    }

    private func run(_ actions: [PrimaryScriptStateMachine.Action]) async {
        for action in actions {
            switch action {
            case .pass(let number): if let signal = Signal(number: number) { await primary.signalScript(signal) }
            case .startTimer:
                Task { [grace] in
                    try? await Task.sleep(for: grace)
                    await didWait()
                }
            case .stopAgent: stop.yield()
            }
        }
    }
}

/// Thrown to end the agent after its primary script. It is no error.
struct PrimaryScriptEnded: Error {}

extension ScriptEnd {
    fileprivate var words: String {
        switch self {
        case .code(let code): "exit code \(code)"
        case .signal(let number): Signal(number: number)?.description ?? "signal \(number)"
        case .unseen: "unknown"
        }
    }

    /// Ends this process as the script has ended, as a shell does with the last program that it runs.
    func takeOver() -> Never {
        switch self {
        case .code(let code): exit(code)
        case .signal(let number):
            // Those that would write a core file say nothing of this process.
            if [SIGTERM, SIGINT, SIGHUP, SIGKILL, SIGUSR1, SIGUSR2, SIGPIPE, SIGALRM].contains(number) {
                Glibc.signal(number, SIG_DFL)
                var set = sigset_t()
                sigemptyset(&set)
                sigaddset(&set, number)
                pthread_sigmask(SIG_UNBLOCK, &set, nil)
                raise(number)
            }
            exit(128 + number)
        case .unseen: exit(1)
        }
    }
}
