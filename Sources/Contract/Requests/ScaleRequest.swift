// SPDX-License-Identifier: Apache-2.0

/// The body of `POST /v1/cluster:scale`.
public struct ScaleRequest: Hashable, Codable, Sendable {
    /// How many workers are wanted.
    public var workers: Int
    /// Cancel the operation that is under way, if there is one.
    public var force: Bool?

    public init(workers: Int, force: Bool? = nil) {
        self.workers = workers
        self.force = force
    }

    public enum CodingKeys: String, CodingKey, CaseIterable {
        case workers, force
    }
}
