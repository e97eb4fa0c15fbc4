// SPDX-License-Identifier: Apache-2.0

/// A metric with all its samples, as `/metrics` shows it.
struct MetricFamily: Sendable {
    let metric: AgentMetric
    var samples: [MetricSample]

    init(_ metric: AgentMetric, _ samples: [MetricSample]) {
        self.metric = metric
        self.samples = samples
    }

    /// One without labels.
    init(_ metric: AgentMetric, _ value: some BinaryInteger) {
        self.init(metric, [MetricSample(value: Double(value))])
    }

    init(_ metric: AgentMetric, _ value: Double) {
        self.init(metric, [MetricSample(value: value)])
    }
}

extension [MetricSample] {
    /// A histogram's lines. Each bucket counts everything up to its bound (Prometheus, exposition formats).
    static func histogram(
        bounds: [Double], counts: [UInt64], sum: Double, labels: [(name: String, value: String)] = []
    ) -> [MetricSample] {
        var samples: [MetricSample] = []
        var total: UInt64 = 0
        for (index, count) in counts.enumerated() {
            total += count
            let bound = index < bounds.count ? MetricText.number(bounds[index]) : "+Inf"
            samples.append(
                MetricSample(suffix: "_bucket", labels: labels + [("le", bound)], value: Double(total)))
        }
        samples.append(MetricSample(suffix: "_sum", labels: labels, value: sum))
        samples.append(MetricSample(suffix: "_count", labels: labels, value: Double(total)))
        return samples
    }
}

/// One line of a metric.
struct MetricSample: Sendable {
    /// `_bucket`, `_sum` or `_count` of a histogram, otherwise empty.
    var suffix = ""
    var labels: [(name: String, value: String)] = []
    let value: Double
}

/// A source of lines.
protocol MetricSource: AnyObject, Sendable {
    func samples(labels: [(name: String, value: String)]) -> [MetricSample]
}
