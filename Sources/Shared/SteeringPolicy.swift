// SPDX-License-Identifier: Apache-2.0

/// How new connections are spread over workers, beyond the scheduling policy.
public struct SteeringPolicy: Hashable, Sendable {
    /// What makes a client come to the same instance each time.
    public enum Stickiness: String, Hashable, Sendable, CaseIterable {
        /// Nothing: any worker gets any client.
        case none
        /// The client's address. Behind a proxy all clients have the proxy's.
        case address
        /// A field in the head of its first request, if the primary accepts (`rr`). The address if there is none.
        case header
    }

    /// What makes a client come to the same instance each time.
    public var stickiness = Stickiness.none
    /// The name of that field. Of `X-Forwarded-For`, the first address counts.
    public var stickyHeader = "X-Forwarded-For"
    /// How long a connection may take to send that field. Then its address counts.
    public var stickyWait = Duration.seconds(1)
    /// A worker that does not answer for so long gets no new connections until it answers.
    public var skipAfter = Duration.milliseconds(500)

    /// Any worker gets any client, and a silent one is skipped after half a second.
    public init() {}

    package var isSticky: Bool { stickiness != .none }
}
