// SPDX-License-Identifier: Apache-2.0

internal import Glibc

/// Standard output, or a file, cannot be written.
struct OutputFailure: Error, CustomStringConvertible {
    var reason: String
    var place = "standard output"

    var description: String { "cannot write \(place): \(reason)" }

    /// No command makes sense without its output.
    func endProgram() -> Never {
        StandardStreams.complain(TerminalText.safe("cluster-cli: \(self)"))
        exit(ExitStatus.outputFailed.rawValue)
    }
}
