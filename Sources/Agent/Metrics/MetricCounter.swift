// SPDX-License-Identifier: Apache-2.0

import CoreMetrics
import Synchronization

/// Only goes up.
final class MetricCounter: CounterHandler, MetricSource {
    private let value = Atomic<Int64>(0)

    func increment(by amount: Int64) {
        value.wrappingAdd(amount, ordering: .relaxed)
    }

    func reset() {
        value.store(0, ordering: .relaxed)
    }

    func samples(labels: [(name: String, value: String)]) -> [MetricSample] {
        [MetricSample(labels: labels, value: Double(value.load(ordering: .relaxed)))]
    }
}
