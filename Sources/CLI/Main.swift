// SPDX-License-Identifier: Apache-2.0

internal import ArgumentParser
internal import Glibc

/// The program: reads the command line, then runs the command on the loop.
@main
enum Main {
    static func main() {
        // "Ctrl-C ends at once, exit 130", which the default action would not: it ends by the signal.
        signal(SIGINT) { _ in _exit(ExitStatus.interrupted.rawValue) }
        // A connection that breaks while OpenSSL writes is an error, not the end of the program.
        signal(SIGPIPE, SIG_IGN)
        do {
            var command = try ClusterCLI.parseAsRoot()
            guard let agentCommand = command as? any AgentCommand else {
                try command.run()
                return
            }
            run(agentCommand)
        } catch {
            ClusterCLI.exit(withError: error)
        }
    }

    private static func run(_ command: sending any AgentCommand) -> Never {
        let loop = TransportActor.shared.loop
        Task { @TransportActor in
            do {
                let session = try Session(command.global)
                exit(try await command.run(in: session).rawValue)
            } catch let failure as OutputFailure {
                failure.endProgram()
            } catch {
                ClusterCLI.exit(withError: error)
            }
        }
        loop.run()
    }
}
