// SPDX-License-Identifier: Apache-2.0

internal import Glibc

/// Standard output cannot be written.
struct OutputFailure: Error, CustomStringConvertible {
    var reason: String

    var description: String { "cannot write standard output: \(reason)" }

    /// Nothing that a command does makes sense without its output.
    func endProgram() -> Never {
        StandardStreams.complain("cluster-cli: \(self)")
        exit(ExitStatus.outputFailed.rawValue)
    }
}
