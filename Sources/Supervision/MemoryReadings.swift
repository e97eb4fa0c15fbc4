// SPDX-License-Identifier: Apache-2.0

import Shared

/// Workers' memory as it was read last. Each is read once a second at most, because a client that asks all the time must
/// not keep the primary busy with reading.
struct MemoryReadings {
    private static let lifetime = Duration.seconds(1)

    private var bytes: [WorkerID: Int64] = [:]
    private var readAt: ContinuousClock.Instant?

    /// Fills in what the workers of the instances have.
    /// - Parameter read: returns nil if the process is gone.
    mutating func fill(
        _ instances: inout [InstanceInfo], at moment: ContinuousClock.Instant, read: (WorkerID) -> Int64?
    ) {
        if readAt.map({ moment - $0 >= Self.lifetime }) ?? true {
            bytes = [:]
            readAt = moment
        }
        for index in instances.indices {
            guard let worker = instances[index].workerId else { continue }
            if bytes[worker] == nil { bytes[worker] = read(worker) }
            instances[index].residentBytes = bytes[worker]
        }
    }
}
