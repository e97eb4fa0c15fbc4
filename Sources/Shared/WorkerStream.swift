// SPDX-License-Identifier: Apache-2.0

/// Which of a worker's streams, in Node's words.
public enum WorkerStream: String, Hashable, Codable, Sendable, CaseIterable {
    /// Standard output.
    case stdout
    /// Standard error.
    case stderr

    /// `out` or `err`, or Node's word. Nil if it is anything else.
    package init?(written text: String) {
        switch text {
        case "out", "stdout": self = .stdout
        case "err", "stderr": self = .stderr
        default: return nil
        }
    }
}
