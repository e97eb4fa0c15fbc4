// SPDX-License-Identifier: Apache-2.0

/// Why the agent does not start, and the code it exits with.
struct StartupError: Error, CustomStringConvertible {
    let code: Code
    let description: String
    /// The one whose value alone is wrong, if it is one.
    var key: ConfigurationKey?

    /// Exit codes after sysexits(3).
    enum Code: Int32 {
        case usage = 64
        /// A port or the data directory is taken.
        case unavailable = 69
        /// All workers have failed too often, and the configuration is to end then.
        case gaveUp = 70
        /// What a command prints is lost.
        case output = 74
        case configuration = 78
    }

    init(_ code: Code, _ description: String) {
        self.code = code
        self.description = description
    }

    /// All that is wrong, one a line. It is the command line's mistake if nothing else is.
    init(_ errors: [StartupError]) {
        self.init(
            errors.allSatisfy { $0.code == .usage } ? .usage : .configuration,
            errors.map(\.description).joined(separator: "\n"))
    }

    /// - Parameter code: what the exit code is unless the system lacks something just now. No configuration mends that.
    init(_ code: Code, _ description: String, _ problem: SystemProblem) {
        self.init(problem.isLack ? .unavailable : code, "\(description): \(problem)")
    }
}
