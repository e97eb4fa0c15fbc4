// SPDX-License-Identifier: Apache-2.0

import Cluster
import CoreMetrics
import Synchronization

/// Collects what swift-metrics counts and times. It knows the metrics of `AgentMetric` and ignores those of libraries.
final class MetricRegistry: MetricsFactory {
    private struct Label: Hashable {
        let name: String
        let value: String
    }

    private struct Series {
        let labels: [(name: String, value: String)]
        let handler: any MetricSource
    }

    private let families = Mutex<[AgentMetric: [[Label]: Series]]>([:])

    /// The counts so far.
    var samples: [AgentMetric: [MetricSample]] {
        let families = families.withLock { $0 }
        return families.mapValues { series in
            series.values.sorted { left, right in
                left.labels.map(\.value).lexicographicallyPrecedes(right.labels.map(\.value))
            }
            .flatMap { $0.handler.samples(labels: $0.labels) }
        }
    }

    func makeCounter(label: String, dimensions: [(String, String)]) -> any CounterHandler {
        series(label, dimensions) { MetricCounter() }
    }

    func makeTimer(label: String, dimensions: [(String, String)]) -> any TimerHandler {
        series(label, dimensions) { MetricTimer() }
    }

    func makeFloatingPointCounter(
        label: String, dimensions: [(String, String)]
    ) -> any FloatingPointCounterHandler {
        NOOPMetricsHandler.instance
    }

    func makeMeter(label: String, dimensions: [(String, String)]) -> any MeterHandler {
        NOOPMetricsHandler.instance
    }

    func makeRecorder(label: String, dimensions: [(String, String)], aggregate: Bool) -> any RecorderHandler {
        NOOPMetricsHandler.instance
    }

    // Counts stay after their counter is gone.
    func destroyCounter(_ handler: any CounterHandler) {}
    func destroyFloatingPointCounter(_ handler: any FloatingPointCounterHandler) {}
    func destroyMeter(_ handler: any MeterHandler) {}
    func destroyRecorder(_ handler: any RecorderHandler) {}
    func destroyTimer(_ handler: any TimerHandler) {}

    /// Equal labels mean the same series.
    private func series<Handler: MetricSource>(
        _ label: String, _ dimensions: [(String, String)], _ make: () -> Handler
    ) -> Handler {
        guard let metric = AgentMetric(rawValue: label) else { return make() }
        let key = dimensions.map { Label(name: $0.0, value: $0.1) }
        return families.withLock { families in
            if let known = families[metric]?[key]?.handler as? Handler { return known }
            let handler = make()
            families[metric, default: [:]][key] = Series(
                labels: dimensions.map { (name: $0.0, value: $0.1) }, handler: handler)
            return handler
        }
    }
}

/// A value that only goes up.
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

/// A duration, shown as a histogram in seconds.
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
