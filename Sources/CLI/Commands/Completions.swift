// SPDX-License-Identifier: Apache-2.0

internal import ArgumentParser

/// `cluster-cli completions SHELL`
struct Completions: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "completions", abstract: "Prints the shell's completion script.",
        discussion: """
            EXAMPLES:
              source <(cluster-cli completions bash)      in ~/.bashrc
              source <(cluster-cli completions zsh)       in ~/.zshrc, after compinit
              cluster-cli completions fish | source       in ~/.config/fish/config.fish

            Commands and options are completed, names of hosts and groups, and the ids of the workers that live.
            """)

    enum Shell: String, CaseIterable, ExpressibleByArgument {
        case bash, zsh, fish
    }

    @Argument(help: "bash, zsh or fish.")
    var shell: Shell

    @OptionGroup var global: GlobalOptions

    func run() throws {
        let kind: CompletionShell =
            switch shell {
            case .bash: .bash
            case .zsh: .zsh
            case .fish: .fish
            }
        try StandardStreams.write(Array((ClusterCLI.completionScript(for: kind) + "\n").utf8))
    }
}
