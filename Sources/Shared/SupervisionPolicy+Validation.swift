// SPDX-License-Identifier: Apache-2.0

extension SupervisionPolicy {
    /// The longest time that a policy may name: a year. Longer ones are typing mistakes, and sums of times would overflow.
    public static let longestMs = 366 * 86_400_000

    /// - Throws: `INVALID_FIELD` with the field, if workers cannot be kept by these rules.
    public func validate() throws(ClusterError) {
        try Self.check("readyTimeoutMs", readyTimeoutMs, 0...Self.longestMs)
        try Self.check("minReadyMs", minReadyMs, 0...Self.longestMs)
        // Without any delay, a program that fails at once would be forked as fast as the machine can.
        try Self.check("backoffMs", backoffMs, 1...Self.longestMs)
        try Self.check("backoffMaxMs", backoffMaxMs, 1...Self.longestMs)
        if backoffMaxMs < backoffMs {
            throw Self.invalid("backoffMaxMs", "must be at least backoffMs, which is \(backoffMs)")
        }
        // Each instance keeps the times of this many failures.
        try Self.check("intensity", intensity, 0...1000)
        try Self.check("periodMs", periodMs, 1...Self.longestMs)
        try Self.check("heartbeatMs", heartbeatMs, 0...Self.longestMs)
        // A shorter silence is ordinary work.
        guard unresponsiveMs == 0 || (100...Self.longestMs).contains(unresponsiveMs) else {
            throw Self.invalid("unresponsiveMs", "must be 100 to \(Self.longestMs), or 0 for never")
        }
        // No program takes so little. The number was probably meant in megabytes.
        if let maxMemoryBytes, maxMemoryBytes < 1 << 20 {
            throw Self.invalid("maxMemoryBytes", "must be at least \(1 << 20), which is 1 MiB, or null")
        }
        if let maxAgeMs {
            // Workers would be replaced before they have done any work.
            guard (1000...Self.longestMs).contains(maxAgeMs) else {
                throw Self.invalid("maxAgeMs", "must be 1000 to \(Self.longestMs), or null")
            }
        }
        try Self.check("drainTimeoutMs", drainTimeoutMs, 0...Self.longestMs)
        try Self.check("killTimeoutMs", killTimeoutMs, 0...Self.longestMs)
    }

    private static func check(_ field: String, _ value: Int, _ range: ClosedRange<Int>) throws(ClusterError) {
        guard !range.contains(value) else { return }
        throw invalid(field, "must be \(range.lowerBound) to \(range.upperBound)")
    }

    private static func invalid(_ field: String, _ problem: String) -> ClusterError {
        ClusterError(.invalidArgument, .invalidField, "\(field) \(problem)", metadata: ["field": field])
    }
}
