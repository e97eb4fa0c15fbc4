// SPDX-License-Identifier: Apache-2.0

import Cluster
import Logging
import Shared
import Testing

// Called through protocols, because to call them by name is a warning.
private protocol OldCommands: Actor {
    func setupMaster(_ patch: SettingsPatch, requestID: String?) throws(ClusterError) -> ClusterSettings
}

private protocol OldRoles {
    static var isMaster: Bool { get }
}

extension Primary: OldCommands {}
extension ClusterProcess: OldRoles {}

/// Node's names of before version 16.
@Suite struct OldNamesTests {
    @Test("setupMaster does what setupPrimary does")
    func setupMaster() async throws {
        let primary = try Primary(PrimaryConfiguration(), logger: Logger(label: "test"))
        let old: any OldCommands = primary
        var patch = SettingsPatch()
        patch.silent = .set(true)
        let settings = try await old.setupMaster(patch, requestID: nil)
        #expect(settings.silent)
        #expect(await primary.settings == settings)
        await primary.close()
    }
}
