// SPDX-License-Identifier: Apache-2.0

public import Shared

/// Something that a supervised worker has written to its standard output or error. It may begin and end anywhere in a line.
public struct WorkerOutput: Sendable {
    public enum Stream: String, Sendable, CaseIterable {
        case output
        case error
    }

    public let worker: WorkerID
    public let stream: Stream
    public let bytes: [UInt8]
}
