// SPDX-License-Identifier: Apache-2.0

/// One line of a metric.
struct MetricSample: Sendable {
    /// `_bucket`, `_sum` or `_count` of a histogram; else empty.
    var suffix = ""
    var labels: [(name: String, value: String)] = []
    let value: Double
}
