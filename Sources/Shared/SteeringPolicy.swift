// SPDX-License-Identifier: Apache-2.0

/// How new connections are spread over workers, beyond the scheduling policy.
public struct SteeringPolicy: Hashable, Sendable {
    /// What makes a client come to the same instance each time.
    public enum Stickiness: String, Hashable, Sendable, CaseIterable {
        /// Nothing: any worker gets any client.
        case none
        /// The client's address. Behind a proxy all clients have the proxy's.
        case address
    }

    /// What makes a client come to the same instance each time.
    public var stickiness = Stickiness.none
    /// A worker that does not answer for so long gets no new connections until it answers.
    public var skipAfter = Duration.milliseconds(500)

    /// Any worker gets any client, and a silent one is skipped after half a second.
    public init() {}

    package var isSticky: Bool { stickiness != .none }
}
