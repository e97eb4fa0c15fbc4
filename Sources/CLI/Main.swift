// SPDX-License-Identifier: Apache-2.0

internal import ArgumentParser
internal import Glibc

/// The program: reads the command line, then runs the command on the loop.
@main
enum Main {
    static func main() {
        StandardStreams.occupyClosedDescriptors()
        // Ctrl-C's handler reads this, so it is set first.
        StandardStreams.clearStatus()
        Signals.prepare()
        do {
            var command = try ClusterCLI.command(Array(CommandLine.arguments.dropFirst()))
            guard let agentCommand = command as? any SessionCommand else {
                try command.run()
                return
            }
            run(agentCommand)
        } catch {
            end(with: error)
        }
    }

    /// Like ArgumentParser's `exit(withError:)`, but it notices if its text cannot be written, and text from a file or
    /// an agent cannot steer the terminal.
    private static func end(with error: any Error) -> Never {
        if let failure = error as? OutputFailure { failure.endProgram() }
        if let late = error as? InventoryFile.Late {
            StandardStreams.complain(TerminalText.safe("cluster-cli: \(late.message)"))
            exit(ExitStatus.timedOut.rawValue)
        }
        let text = ClusterCLI.fullMessage(for: error, in: Array(CommandLine.arguments.dropFirst()))
        let code = ClusterCLI.exitCode(for: error)
        guard code == .success else {
            if !text.isEmpty { StandardStreams.complain(TerminalText.safeLines(text)) }
            exit(code.rawValue)
        }
        do {
            if !text.isEmpty { try StandardStreams.write(Array((text + "\n").utf8)) }
        } catch {
            ((error as? OutputFailure) ?? OutputFailure(reason: "\(error)")).endProgram()
        }
        exit(code.rawValue)
    }

    private static func run(_ command: any SessionCommand) -> Never {
        let transport = TransportActor.shared
        Task(executorPreference: transport.tasks) { await end(with: command) }
        transport.loop.run()
    }

    @TransportActor
    private static func end(with command: any SessionCommand) async -> Never {
        do {
            let session = try await Session.open(for: command)
            exit(try await command.run(in: session).rawValue)
        } catch let error as RegistryFailure {
            StandardStreams.complain(error.failure.line(host: error.host))
            exit(ExitStatus(failures: [error.failure], successes: 0).rawValue)
        } catch {
            Self.end(with: error)
        }
    }
}
