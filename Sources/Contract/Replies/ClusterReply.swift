// SPDX-License-Identifier: Apache-2.0

public import Shared

/// The answer to `GET /v1/cluster`: the primary at a glance.
public struct ClusterReply: Hashable, Codable, Sendable {
    public var isPrimary = true
    public var schedulingPolicy: SchedulingPolicy
    public var settings: ClusterSettings
    public var workers: WorkerCounts
    public var handles: [HandleInfo]

    public init(_ status: ClusterStatus) {
        schedulingPolicy = status.settings.schedulingPolicy
        settings = status.settings
        workers = status.workers
        handles = status.handles
    }
}

extension ClusterReply {
    /// Node's old name of ``isPrimary``.
    @available(*, deprecated, renamed: "isPrimary")
    public var isMaster: Bool { isPrimary }

    private enum OldNames: CodingKey {
        case isMaster
    }

    /// ``isPrimary`` is written under Node's old name too.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(isPrimary, forKey: .isPrimary)
        try container.encode(schedulingPolicy, forKey: .schedulingPolicy)
        try container.encode(settings, forKey: .settings)
        try container.encode(workers, forKey: .workers)
        try container.encode(handles, forKey: .handles)
        var old = encoder.container(keyedBy: OldNames.self)
        try old.encode(isPrimary, forKey: .isMaster)
    }
}
