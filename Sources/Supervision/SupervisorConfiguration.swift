// SPDX-License-Identifier: Apache-2.0

public import Shared

/// What a supervisor is made with and does not change.
public struct SupervisorConfiguration: Sendable {
    /// The variable by which a worker sees the number of its instance.
    public static let instanceVariable = "CLUSTER_INSTANCE"

    /// The most workers that may be wanted. While workers are replaced, there may be more.
    public var maxInstances: Int
    /// A second variable for the number of the instance, such as PM2's `NODE_APP_INSTANCE`. Nil: there is none.
    public var instanceVariable: String?
    /// How often the workers' memory is looked at, if the policy has a limit for it.
    public var sampleInterval: Duration
    /// Called on the primary's thread with all that ``Supervisor/events()`` tells, before anything follows from it. It must not wait.
    public var onEvent: @Sendable (SupervisorEvent) -> Void
    /// Called on the primary's thread if no worker can be forked for an instance: once, until the reason changes or a fork succeeds.
    public var onForkFailure: @Sendable (ClusterError, _ instance: Int) -> Void = { _, _ in }
    /// Called on the primary's thread once all instances have given up, if the policy's `whenGivenUp` is `exit`.
    public var onGiveUp: @Sendable () -> Void

    /// See the properties.
    public init(
        maxInstances: Int = 1024, instanceVariable: String? = nil, sampleInterval: Duration = .seconds(5),
        onEvent: @escaping @Sendable (SupervisorEvent) -> Void = { _ in },
        onGiveUp: @escaping @Sendable () -> Void = {}
    ) {
        self.maxInstances = maxInstances
        self.instanceVariable = instanceVariable
        self.sampleInterval = sampleInterval
        self.onEvent = onEvent
        self.onGiveUp = onGiveUp
    }

    func environment(instance: Int) -> [String: String] {
        var environment = [Self.instanceVariable: "\(instance)"]
        if let instanceVariable { environment[instanceVariable] = "\(instance)" }
        return environment
    }
}
