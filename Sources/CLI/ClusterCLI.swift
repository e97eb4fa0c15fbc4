// SPDX-License-Identifier: Apache-2.0

internal import ArgumentParser

/// `cluster-cli`: the command line as a whole.
///
/// The global options stand here and in each command, so they may come before or after the command's name.
struct ClusterCLI: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "cluster-cli",
        abstract: "Looks after the workers of cluster-agent, on this machine or on many.",
        // Stands below each mistake, because nobody reads a list of all options there.
        usage: "cluster-cli [OPTIONS] COMMAND",
        discussion: """
            EXAMPLES:
              cluster-cli status                         what runs here
              cluster-cli --all-hosts status             and on each host of the inventory
              cluster-cli apps                           each agent of this machine
              cluster-cli --app web reload               one of them, by its name
              cluster-cli reload                         a new release, without a gap
              cluster-cli scale 8 --wait                 eight workers from now on
              cluster-cli why                            what failed, and what happens next
              cluster-cli top                            what each worker does right now
              cluster-cli fork 2 --wait listening        two more workers
              cluster-cli -g web kill --all -s SIGHUP    a signal to all workers of a group
              cluster-cli events --since 15m             what happened
              cluster-cli events --follow                what happens
              cluster-cli logs -f                        what workers print
              cluster-cli dashboard                      a link to the web page
              cluster-cli -o json workers | jq           the agent's own reply
              cluster-cli fleet events --since 1d        what happened in a whole fleet

            Without --host, --group, --all-hosts, --app and --all-apps it talks to CLUSTER_HOST, or to the local agent \
            over its unix socket. If you run none, and the system runs a single one, it talks to that.

            ENVIRONMENT:
              CLUSTER_HOST          the agent to talk to, as in --host
              CLUSTER_TOKEN_FILE    as --token-file
              CLUSTER_CACERT        as --cacert
              CLUSTER_CERT          as --cert
              CLUSTER_KEY           as --key
              CLUSTER_DATA_DIR      the local agent's data directory
              NO_COLOR              no colours

            FILES:
              ~/.config/cluster/hosts.yaml                the inventory
              ~/.local/state/cluster-agent/agent.sock     the local agent's socket
              /run/cluster-agent/APP/agent.sock           the socket of a system's app

            EXIT STATUS:
              0      all hosts did it; an operation that was waited for has succeeded
              1      the agent refused, or the operation did not succeed
              2      some hosts did it, some did not
              64     the command line is wrong
              69     no host could be reached
              74     the output could not be written
              77     not authorised
              124    time ran out
              130    interrupted, or not confirmed
            """,
        version: Version.current,
        subcommands: [
            Status.self, Apps.self, Workers.self, WorkerShow.self, Instances.self, Top.self, Why.self, Scale.self,
            Restart.self,
            Reload.self,
            Operations.self, OperationShow.self, SupervisionShow.self, Supervise.self, Fork.self, Disconnect.self,
            Kill.self, Pause.self, Resume.self, Send.self, Settings.self, SetupPrimary.self, Events.self, Logs.self,
            Dashboard.self, Hosts.self, FleetCommand.self, Import.self,
            Completions.self,
            VersionShow.self,
        ])

    @OptionGroup var global: GlobalOptions

    /// Reads a command line without the program's name.
    ///
    /// - Throws: an error for `exit(withError:)`.
    static func command(_ arguments: [String]) throws -> any ParsableCommand {
        // The parser would show the program's help as if all were well.
        if arguments.first == "help", let mistake = UnknownCommand(in: Array(arguments.dropFirst())) {
            throw mistake.error
        }
        do {
            return try parseAsRoot(joiningFreeValues(arguments))
        } catch  where exitCode(for: error) == .validationFailure {
            throw UnknownCommand(in: arguments)?.error ?? UnknownOption(in: arguments)?.error
                ?? NegativeNumber(in: arguments)?.error ?? error
        }
    }

    /// `--arg -v` becomes `--arg=-v`. The parser looks for global options in the whole line first, and would take a
    /// worker's `-v` for its own.
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
