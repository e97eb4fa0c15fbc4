// SPDX-License-Identifier: Apache-2.0

/// Standard output cannot be written.
struct OutputFailure: Error, CustomStringConvertible {
    var reason: String

    var description: String { "cannot write standard output: \(reason)" }
}
