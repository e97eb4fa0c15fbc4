// SPDX-License-Identifier: Apache-2.0

public import Shared

/// The answer to `GET /v1/instances`: all instances, by number.
public struct InstancesReply: Hashable, Codable, Sendable {
    public var instances: [InstanceInfo]

    public init(instances: [InstanceInfo]) {
        self.instances = instances
    }
}
