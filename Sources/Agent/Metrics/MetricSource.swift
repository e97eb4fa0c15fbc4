// SPDX-License-Identifier: Apache-2.0

/// What can be asked for its lines.
protocol MetricSource: AnyObject, Sendable {
    func samples(labels: [(name: String, value: String)]) -> [MetricSample]
}
