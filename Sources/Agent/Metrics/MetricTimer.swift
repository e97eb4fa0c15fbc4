// SPDX-License-Identifier: Apache-2.0

import Cluster
import CoreMetrics
import Synchronization

/// How long something took, shown as a histogram in seconds.
final class MetricTimer: TimerHandler, MetricSource {
    private let histogram = Mutex(LatencyHistogram())

    func recordNanoseconds(_ duration: Int64) {
        histogram.withLock { $0.count(.nanoseconds(duration)) }
    }

    func samples(labels: [(name: String, value: String)]) -> [MetricSample] {
        histogram.withLock { $0 }.samples(labels: labels)
    }
}

extension LatencyHistogram {
    func samples(labels: [(name: String, value: String)] = []) -> [MetricSample] {
        .histogram(
            bounds: Self.bounds.map { $0 / .seconds(1) }, counts: counts, sum: sum / .seconds(1), labels: labels)
    }
}
