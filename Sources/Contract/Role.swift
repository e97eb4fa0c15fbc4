// SPDX-License-Identifier: Apache-2.0

/// What a caller may do. Each role includes those before it.
public enum Role: String, CaseIterable, Codable, Sendable {
    /// Everything that only reads.
    case read
    /// Also commands to workers.
    case operate
    /// Also what decides which code runs: settings, and the environment of a fork.
    case admin
}

extension Role: Comparable {
    public static func < (left: Role, right: Role) -> Bool { left.rank < right.rank }

    private var rank: Int {
        switch self {
        case .read: 0
        case .operate: 1
        case .admin: 2
        }
    }
}
