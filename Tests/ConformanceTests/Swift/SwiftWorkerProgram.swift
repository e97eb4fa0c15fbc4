// SPDX-License-Identifier: Apache-2.0

import Cluster
import Foundation
import Shared

/// The worker in Swift; it stands beside the tests' own program.
enum SwiftWorkerProgram {
    static let path: String = {
        guard let own = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe") else { return "" }
        return URL(filePath: own).deletingLastPathComponent().appending(path: "SwiftWorker").path
    }()
}

extension ClusterSettings {
    /// Runs the worker in Swift, in the way in which Node's primary can run it too: in the place of Node.
    mutating func useSwiftWorker(_ name: String, _ args: [String] = []) {
        exec = SwiftWorkerProgram.path
        execPath = SwiftWorkerProgram.path
        self.args = [name] + args
    }
}

extension SettingsPatch {
    static func swiftWorker(_ name: String, _ args: [String] = []) -> SettingsPatch {
        var settings = ClusterSettings()
        settings.useSwiftWorker(name, args)
        var patch = SettingsPatch()
        patch.exec = .set(SwiftWorkerProgram.path)
        patch.execPath = .set(SwiftWorkerProgram.path)
        patch.args = .set(settings.args)
        return patch
    }

    static func nodeWorker(_ script: String) -> SettingsPatch {
        var patch = SettingsPatch()
        patch.exec = .set(workerScript(script))
        patch.execPath = .reset
        patch.args = .reset
        return patch
    }
}

/// Runs `body` with a primary for a worker in Swift.
func withSwiftPrimary(
    _ name: String, _ args: [String] = [], settings configure: (inout ClusterSettings) -> Void = { _ in },
    _ body: (PrimaryFixture) async throws -> Void
) async throws {
    try await withPrimary(
        "",
        settings: {
            $0.useSwiftWorker(name, args)
            configure(&$0)
        }, configuration: { $0.keepsPassedSockets = true }, body)
}
