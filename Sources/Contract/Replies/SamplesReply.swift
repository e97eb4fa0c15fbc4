// SPDX-License-Identifier: Apache-2.0

public import Shared

/// The answer to `GET /v1/samples`: what instances have used in the last ten minutes.
public struct SamplesReply: Hashable, Codable, Sendable {
    /// The time from one sample to the next.
    public var everyMs: Int
    /// By number.
    public var instances: [InstanceSamples]

    public init(everyMs: Int, instances: [InstanceSamples]) {
        self.everyMs = everyMs
        self.instances = instances
    }

    /// The samples of one instance, oldest first.
    public struct InstanceSamples: Hashable, Codable, Sendable {
        public var instance: Int
        public var samples: [InstanceSample]

        public init(instance: Int, samples: [InstanceSample]) {
            self.instance = instance
            self.samples = samples
        }
    }
}

/// What an instance's worker used at one moment. The fields are named as those of an instance.
public struct InstanceSample: Hashable, Codable, Sendable {
    public var time: Timestamp
    public var workerId: WorkerID
    public var residentBytes: Int64
    /// These three as in the worker's figures.
    public var cpuMs: Int64?
    public var eventLoopDelayMs: Double?
    public var connections: WorkerFigures.Connections?

    /// Nil if the instance has no worker, or its worker could not be read.
    ///
    /// - Parameter figures: its worker's.
    public init?(_ instance: InstanceInfo, _ figures: WorkerFigures?, at time: Timestamp) {
        guard let worker = instance.workerId, let bytes = instance.residentBytes else { return nil }
        self.time = time
        workerId = worker
        residentBytes = bytes
        cpuMs = figures?.cpuMs
        eventLoopDelayMs = figures?.eventLoopDelayMs
        connections = figures?.connections
    }
}
