// SPDX-License-Identifier: Apache-2.0

internal import Shared

/// The version of this program.
enum Version {
    static let current = "0.1.0"

    /// The warning about an agent with another major version. Nil if the versions fit.
    static func complaint(about agent: String, host: String) -> String? {
        guard let theirs = major(agent), let ours = major(current), theirs != ours else { return nil }
        return "\(host): cluster-agent \(agent) and cluster-cli \(current) differ in their major version; "
            + "install the same on both ends"
    }

    private static func major(_ version: String) -> Int? {
        Int(digits: version.prefix { $0 != "." })
    }
}
