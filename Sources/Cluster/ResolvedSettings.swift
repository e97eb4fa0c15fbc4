// SPDX-License-Identifier: Apache-2.0

package import Shared

/// Settings with what they name as it was found once: later forks run the same, whatever the disk holds by then.
package struct ResolvedSettings: Hashable, Sendable {
    /// With absolute paths, and without files of variables.
    package var settings: ClusterSettings
    /// What those files said.
    package var environment: [String: String]

    package init(settings: ClusterSettings, environment: [String: String]) {
        self.settings = settings
        self.environment = environment
    }

    /// Looks for all that a fork with these settings needs, without forking.
    ///
    /// - Parameters:
    ///   - environment: the workers'.
    ///   - inherited: the descriptors that `stdio` may name.
    package static func check(
        _ settings: ClusterSettings, environment: [String: String], inherited: Set<Int32>
    ) throws(ClusterError) {
        var launcher = WorkerLauncher(environment: environment, fileLimit: nil)
        _ = try launcher.resolve(settings)
        try launcher.check(settings, inherited: inherited)
    }
}
