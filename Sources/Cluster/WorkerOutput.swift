// SPDX-License-Identifier: Apache-2.0

public import Shared

/// Something that a supervised worker has written to its standard output or error. It may begin and end anywhere in a line.
public struct WorkerOutput: Sendable {
    /// Which of its streams.
    public enum Stream: String, Sendable, CaseIterable {
        /// Standard output.
        case output
        /// Standard error.
        case error
    }

    /// Who has written it.
    public let worker: WorkerID
    /// Where it has written it.
    public let stream: Stream
    /// What it has written.
    public let bytes: [UInt8]
}
