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
        let script = ClusterCLI.completionScript(for: kind) + "\n" + (shell == .bash ? Self.candidatesAreData : "")
        try StandardStreams.write(Array(script.utf8))
    }

    /// ArgumentParser's function gives the candidates to `compgen -W`, which expands them like a command line. A name
    /// such as `$(…)` would be run. This function replaces it and compares candidates as they are.
    private static let candidatesAreData = #"""

        __cluster-cli_add_completions() {
            local completion
            if [[ "${1}" = -W ]]; then
                while IFS='' read -r completion; do
                    [[ -n "${completion}" && "${completion}" = "${cur}"* ]] && COMPREPLY+=("${completion}")
                done <<<"${2}"
            else
                while IFS='' read -r completion; do
                    COMPREPLY+=("${completion}")
                done < <(IFS=$'\n' compgen "${@}" -- "${cur}")
            fi
        }

        """#
}
