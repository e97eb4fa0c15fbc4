// SPDX-License-Identifier: Apache-2.0

public import Shared

/// The answer to `GET /v1/cluster`: the primary at a glance.
public struct ClusterReply: Hashable, Sendable {
    public var isPrimary = true
    public var schedulingPolicy: SchedulingPolicy
    public var settings: ClusterSettings
    public var workers: WorkerCounts
    public var handles: [HandleInfo]
    /// `desired`, `ready`, `phase` and `lastFailure`. Nil from an agent that is older than supervision.
    public var supervision: SupervisionStatus?
    /// How the agent stands in its fleet. Nil if it belongs to none.
    public var fleet: FleetReply?

    public init(_ status: ClusterStatus, _ supervision: SupervisionStatus?, fleet: FleetReply? = nil) {
        schedulingPolicy = status.settings.schedulingPolicy
        settings = status.settings
        workers = status.workers
        handles = status.handles
        self.supervision = supervision
        self.fleet = fleet
    }
}

extension ClusterReply {
    /// Node's old name of ``isPrimary``.
    @available(*, deprecated, renamed: "isPrimary")
    public var isMaster: Bool { isPrimary }
}

extension ClusterReply: Codable {
    private enum CodingKeys: CodingKey {
        case isPrimary, isMaster, schedulingPolicy, settings, workers, handles, fleet
        /// One of those that ``supervision`` is made of.
        case desired
    }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        isPrimary = try container.decode(Bool.self, forKey: .isPrimary)
        schedulingPolicy = try container.decode(SchedulingPolicy.self, forKey: .schedulingPolicy)
        settings = try container.decode(ClusterSettings.self, forKey: .settings)
        workers = try container.decode(WorkerCounts.self, forKey: .workers)
        handles = try container.decode([HandleInfo].self, forKey: .handles)
        supervision = container.contains(.desired) ? try SupervisionStatus(from: decoder) : nil
        fleet = try container.decodeIfPresent(FleetReply.self, forKey: .fleet)
    }

    /// ``isPrimary`` is written under Node's old name too, and the parts of ``supervision`` stand beside the others.
    public func encode(to encoder: any Encoder) throws {
        try supervision?.encode(to: encoder)
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(isPrimary, forKey: .isPrimary)
        try container.encode(isPrimary, forKey: .isMaster)
        try container.encode(schedulingPolicy, forKey: .schedulingPolicy)
        try container.encode(settings, forKey: .settings)
        try container.encode(workers, forKey: .workers)
        try container.encode(handles, forKey: .handles)
        try container.encodeIfPresent(fleet, forKey: .fleet)
    }
}
