// SPDX-License-Identifier: Apache-2.0

import LinuxIO
import Shared

/// What the kernel said of workers' processes. Each is read once a second at most, because a client that asks all the time
/// must not keep the primary busy with reading.
struct ProcessReadings {
    private static let lifetime = Duration.seconds(1)

    private var readings: [WorkerID: ProcessReading] = [:]
    private var readAt: ContinuousClock.Instant?

    /// - Parameter read: returns nil if the process is gone.
    mutating func reading(
        of worker: WorkerID, at moment: ContinuousClock.Instant, read: () -> ProcessReading?
    ) -> ProcessReading? {
        if readAt.map({ moment - $0 >= Self.lifetime }) ?? true {
            readings = [:]
            readAt = moment
        }
        if let known = readings[worker] { return known }
        let reading = read()
        readings[worker] = reading
        return reading
    }
}
