// SPDX-License-Identifier: Apache-2.0

/// What a token reaches beside its own agent.
public enum TokenScope: String, CaseIterable, Codable, Sendable {
    /// The registry and the history of the whole fleet.
    case fleet
}
