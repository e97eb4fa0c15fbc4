// SPDX-License-Identifier: Apache-2.0

/// Which of a worker's streams, in Node's words.
public enum WorkerStream: String, Hashable, Codable, Sendable, CaseIterable {
    /// Standard output.
    case stdout
    /// Standard error.
    case stderr
}
