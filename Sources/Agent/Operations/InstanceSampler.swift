// SPDX-License-Identifier: Apache-2.0

import Contract
import Shared
import Synchronization

/// Remembers what each instance has used in the last ten minutes.
final class InstanceSampler: Sendable {
    /// The time between two samples.
    static let interval = Duration.seconds(10)

    private let supervisor: any ClusterSupervisor
    private let directory: WorkerDirectory
    private let table = Mutex(SampleTable())

    init(_ supervisor: any ClusterSupervisor, _ directory: WorkerDirectory) {
        self.supervisor = supervisor
        self.directory = directory
    }

    /// Takes one sample of each instance.
    func sample() async {
        let instances = await supervisor.instances
        let figures = await directory.figures(of: instances.compactMap(\.workerId))
        table.withLock { $0.didRead(instances, figures, at: .now) }
    }

    /// - Parameter instances: all if nil.
    func samples(of instances: Set<Int>?) -> SamplesReply {
        let all = table.withLock(\.samples)
        let wanted = all.filter { instances?.contains($0.key) ?? true }.sorted { $0.key < $1.key }
        return SamplesReply(
            everyMs: Int(Self.interval / .milliseconds(1)),
            instances: wanted.map { SamplesReply.InstanceSamples(instance: $0.key, samples: $0.value) })
    }
}

/// The samples by instance, oldest first.
struct SampleTable {
    /// Ten minutes.
    static let kept = 60

    private(set) var samples: [Int: [InstanceSample]] = [:]

    /// An instance that is not among these is gone, and so are its samples.
    mutating func didRead(
        _ instances: [InstanceInfo], _ figures: [WorkerID: WorkerFigures] = [:], at time: Timestamp
    ) {
        var kept: [Int: [InstanceSample]] = [:]
        kept.reserveCapacity(instances.count)
        for instance in instances {
            var own = samples.removeValue(forKey: instance.instance) ?? []
            let used = instance.workerId.flatMap { figures[$0] }
            if let sample = InstanceSample(instance, used, at: time) { own.append(sample) }
            // Also without a new sample, because the old ones grow older.
            let oldest = time.milliseconds - Int64(Self.kept) * Int64(InstanceSampler.interval / .milliseconds(1))
            own.removeAll { $0.time.milliseconds <= oldest }
            kept[instance.instance] = Array(own.suffix(Self.kept))
        }
        samples = kept
    }
}
