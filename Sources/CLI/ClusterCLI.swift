// SPDX-License-Identifier: Apache-2.0

internal import ArgumentParser

/// `cluster-cli`: the command line as a whole.
///
/// The global options stand here and in each command, so that they may come before or after its name.
struct ClusterCLI: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "cluster-cli",
        abstract: "Looks after the workers of cluster-agent, on this machine or on many.",
        // Stands below each mistake, where a list of all options is not read.
        usage: "cluster-cli [OPTIONS] COMMAND",
        discussion: """
            Without --host it talks to the local agent over its unix socket, or to CLUSTER_HOST.

            Exit codes: 0 all hosts did it, 1 the agent refused, 2 some did it and some did not, 64 usage,
            69 no host reachable, 74 output failed, 77 not authorised, 124 timed out.
            """,
        version: Version.current,
        subcommands: [
            Status.self, Workers.self, WorkerShow.self, Fork.self, Disconnect.self, Kill.self, Send.self,
            Settings.self, SetupPrimary.self, Events.self, Hosts.self, VersionShow.self,
        ])

    @OptionGroup var global: GlobalOptions

    /// Reads a command line without the program's name.
    static func command(_ arguments: [String]) throws -> any ParsableCommand {
        try parseAsRoot(joiningFreeValues(arguments))
    }

    /// `--arg -v` becomes `--arg=-v`. The parser looks for the global options first, over the whole line,
    /// and would take a worker's `-v` for its own.
    private static func joiningFreeValues(_ arguments: [String]) -> [String] {
        var joined: [String] = []
        var rest = arguments[...]
        while let argument = rest.popFirst() {
            if argument == "--" { return joined + [argument] + rest }
            if ["--arg", "--exec-arg"].contains(argument), let value = rest.popFirst() {
                joined.append("\(argument)=\(value)")
            } else {
                joined.append(argument)
            }
        }
        return joined
    }
}
