// SPDX-License-Identifier: Apache-2.0

import Cluster

extension MetricCollector {
    /// What the workers of each instance have done and do. Those without an instance are together, as `none`: a series for each
    /// worker would be one more with each replacement.
    func instances(_ statistics: PrimaryStatistics) -> [MetricFamily] {
        let shown = statistics.instances.sorted { $0.key ?? .max < $1.key ?? .max }.prefix(Self.shownInstances)
        func each(_ samples: (InstanceStatistics) -> [MetricSample]) -> [MetricSample] {
            shown.flatMap { instance, statistics in
                samples(statistics).map { sample in
                    let name = instance.map { "\($0)" } ?? "none"
                    return MetricSample(labels: [("instance", name)] + sample.labels, value: sample.value)
                }
            }
        }
        func value(_ value: @escaping (InstanceStatistics) -> Double) -> [MetricSample] {
            each { [MetricSample(labels: [], value: value($0))] }
        }
        return [
            MetricFamily(.workerCPU, value { $0.cpu / .seconds(1) }),
            MetricFamily(.workerMemory, value { Double($0.residentBytes) }),
            MetricFamily(.workerHandovers, each { $0.connections.samples() }),
            MetricFamily(.workerUnanswered, value { Double($0.unanswered) }),
            MetricFamily(.workerWaiting, value { Double($0.waiting) }),
            MetricFamily(.workerMessages, each { $0.traffic.messageSamples() }),
            MetricFamily(.workerBytes, each { $0.traffic.byteSamples() }),
            MetricFamily(.workerQueue, value { Double($0.queuedBytes) }),
        ]
    }
}

extension ConnectionCounts {
    func samples() -> [MetricSample] {
        [("taken", handedOver), ("declined", declined), ("returned", returned)].map { outcome, count in
            MetricSample(labels: [("outcome", outcome)], value: Double(count))
        }
    }
}

extension ChannelTraffic {
    func messageSamples() -> [MetricSample] { Self.samples(sent: sentMessages, received: receivedMessages) }

    func byteSamples() -> [MetricSample] { Self.samples(sent: sentBytes, received: receivedBytes) }

    private static func samples(sent: UInt64, received: UInt64) -> [MetricSample] {
        [("sent", sent), ("received", received)].map { direction, count in
            MetricSample(labels: [("direction", direction)], value: Double(count))
        }
    }
}
