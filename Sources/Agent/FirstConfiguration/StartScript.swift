// SPDX-License-Identifier: Apache-2.0

/// The command of package.json's `scripts.start`, if it runs one program and needs no shell.
struct StartScript: Hashable {
    /// Set before the program.
    private(set) var variables: [String] = []
    /// Node's own options.
    private(set) var execArgv: [String] = []
    /// As it is written: `server.js`, or the name of a program such as `next`.
    let program: String
    let args: [String]
    /// Whether `node` runs the program.
    let isNode: Bool

    /// Node's options that take the next word (nodejs.org/api/cli.html).
    private static let withValue: Set<String> = ["-r", "--require", "--import", "--loader", "-C", "--conditions"]
    /// They start the program again by themselves, or only call another script.
    private static let runners: Set<String> = [
        "nodemon", "npm", "npx", "yarn", "pnpm", "pm2", "pm2-runtime", "forever", "concurrently", "bun", "deno",
    ]
    private static let shellCharacters: Set<Character> = [
        "&", "|", ";", "<", ">", "$", "`", "\"", "'", "\\", "*", "?", "(", ")", "~", "#", "\n",
    ]

    /// Nil if only a shell could run it, or if it is for development.
    init?(_ text: String) {
        guard !text.contains(where: Self.shellCharacters.contains) else { return nil }
        var words = text.split(whereSeparator: \.isWhitespace).map(String.init)[...]
        if words.first == "cross-env" { words.removeFirst() }
        while let word = words.first, let sign = word.firstIndex(of: "="), sign != word.startIndex,
            !word.hasPrefix("-"), !word[..<sign].contains("/")
        {
            variables.append(word)
            words.removeFirst()
        }
        isNode = words.first == "node"
        if isNode {
            words.removeFirst()
            while let option = words.first, option.hasPrefix("-") {
                words.removeFirst()
                if option.hasPrefix("--watch") { return nil }
                execArgv.append(option)
                if Self.withValue.contains(option), let value = words.popFirst() { execArgv.append(value) }
            }
        }
        guard let program = words.popFirst(), !Self.runners.contains(program) else { return nil }
        self.program = program
        args = Array(words)
    }
}
