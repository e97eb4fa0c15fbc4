// SPDX-License-Identifier: Apache-2.0

/// How often something took how long. It has a fixed size and counting allocates nothing.
public struct LatencyHistogram: Sendable {
    /// The upper bounds of the buckets; what takes longer is in one more.
    public static let bounds: [Duration] =
        [50, 100, 250, 500, 1000, 2500, 5000, 10_000, 25_000, 50_000, 100_000, 250_000, 1_000_000]
        .map(Duration.microseconds)

    /// Of each bucket, one more than there are bounds.
    public private(set) var counts = [UInt64](repeating: 0, count: bounds.count + 1)
    /// All times together.
    public private(set) var sum = Duration.zero

    /// Nothing is counted yet.
    public init() {}

    /// Counts one time.
    public mutating func count(_ duration: Duration) {
        var bucket = 0
        while bucket < Self.bounds.count, duration > Self.bounds[bucket] { bucket += 1 }
        counts[bucket] += 1
        sum += duration
    }
}
