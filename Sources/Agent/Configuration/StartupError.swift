// SPDX-License-Identifier: Apache-2.0

/// Why the agent does not start, and its exit code.
struct StartupError: Error, CustomStringConvertible {
    let code: Code
    let description: String
    /// The key whose value is wrong, if it is one.
    var key: ConfigurationKey?

    /// Exit codes after sysexits(3).
    enum Code: Int32 {
        case usage = 64
        /// A port or the data directory is taken.
        case unavailable = 69
        /// All workers have failed too often, and the configuration says that this ends the agent.
        case gaveUp = 70
        /// A command's output is lost.
        case output = 74
        case configuration = 78
    }

    init(_ code: Code, _ description: String) {
        self.code = code
        self.description = description
    }

    /// All errors, one per line. It is the command line's mistake if nothing else is wrong.
    init(_ errors: [StartupError]) {
        self.init(
            errors.allSatisfy { $0.code == .usage } ? .usage : .configuration,
            errors.map(\.description).joined(separator: "\n"))
    }

    /// - Parameter code: the exit code, unless the system lacks a resource now, which no configuration mends.
    init(_ code: Code, _ description: String, _ problem: SystemProblem) {
        self.init(problem.isLack ? .unavailable : code, "\(description): \(problem)")
    }
}
