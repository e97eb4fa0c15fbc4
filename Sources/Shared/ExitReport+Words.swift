// SPDX-License-Identifier: Apache-2.0

extension ExitReport {
    /// How the process ended, for people: `exit code 1: Error: no database`.
    public var inWords: String {
        let end =
            switch reason {
            case .spawnFailed: "it could not be started"
            case .agentLost: "its agent was killed"
            case .agentStopped, .disconnected, .exited, .signaled:
                signal.map { "signal \($0)" } ?? code.map { "exit code \($0)" } ?? "nobody knows how"
            }
        return lastWords.map { "\(end): \($0)" } ?? end
    }

    /// The line of standard error that most likely says why: the last one that reads like an error, or the last of all.
    /// Nil if nothing was captured.
    public var lastWords: String? {
        let lines = (stderr ?? "").split(whereSeparator: \.isNewline).filter { !$0.allSatisfy(\.isWhitespace) }
        let line = lines.last(where: Self.isError) ?? lines.last
        return line.map { $0.beginning(200) }
    }

    /// `TypeError: …`, `ValueError: …`, `java.io.IOException: …` at the beginning of a line. Node and others write more
    /// after a stack trace.
    private static func isError(_ line: Substring) -> Bool {
        guard let colon = line.firstIndex(of: ":") else { return false }
        let name = line[..<colon].prefix { $0 != " " }
        return name.hasSuffix("Error") || name.hasSuffix("Exception") || name == "error"
    }
}
