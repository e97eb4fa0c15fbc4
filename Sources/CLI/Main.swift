// SPDX-License-Identifier: Apache-2.0

internal import ArgumentParser
internal import Glibc

/// The program: reads the command line, then runs the command on the loop.
@main
enum Main {
    static func main() {
        // What Ctrl-C's handler uses must be there before it.
        StandardStreams.clearStatus()
        // "Ctrl-C ends at once, exit 130", which the default action would not: it ends by the signal.
        signal(SIGINT) { _ in
            StandardStreams.clearStatus()
            _exit(ExitStatus.interrupted.rawValue)
        }
        unblockInterrupts()
        // A connection that breaks while OpenSSL writes is an error, not the end of the program.
        signal(SIGPIPE, SIG_IGN)
        do {
            var command = try ClusterCLI.command(Array(CommandLine.arguments.dropFirst()))
            guard let agentCommand = command as? any AgentCommand else {
                try command.run()
                return
            }
            run(agentCommand)
        } catch {
            ClusterCLI.exit(withError: error)
        }
    }

    /// A blocked signal stays blocked through exec, and a parent may start this program from a thread that
    /// blocks all of them, as libdispatch's do.
    private static func unblockInterrupts() {
        var signals = sigset_t()
        sigemptyset(&signals)
        sigaddset(&signals, SIGINT)
        pthread_sigmask(SIG_UNBLOCK, &signals, nil)
    }

    private static func run(_ command: any AgentCommand) -> Never {
        let transport = TransportActor.shared
        Task(executorPreference: transport.tasks) { await end(with: command) }
        transport.loop.run()
    }

    @TransportActor
    private static func end(with command: any AgentCommand) async -> Never {
        do {
            let session = try Session(command.global)
            exit(try await command.run(in: session).rawValue)
        } catch let failure as OutputFailure {
            failure.endProgram()
        } catch {
            ClusterCLI.exit(withError: error)
        }
    }
}
