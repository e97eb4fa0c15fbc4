// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

/// Makes an agent's disk slow or broken, by `Workers/disk-fault.c`.
struct FaultyDisk {
    enum Fault {
        case slow(seconds: Int)
        /// A number of errno(3).
        case error(Int32)
    }

    /// What the agent is to be started with.
    let environment: [String: String]
    private let control: URL

    init(in directory: URL) async throws {
        let library = directory.appending(path: "disk-fault.so").path
        control = directory.appending(path: "disk-fault")
        let compiler = try await RunningProgram.run(
            "clang", ["-shared", "-fPIC", "-o", library, workerScript("disk-fault.c")])
        try #require(compiler.status == 0, "\(compiler.errors)")
        environment = ["LD_PRELOAD": library, "DISK_FAULT": control.path]
    }

    func begin(_ fault: Fault) throws {
        let text =
            switch fault {
            case .slow(let seconds): "slow \(seconds)"
            case .error(let code): "error \(code)"
            }
        try Data(text.utf8).write(to: control, options: .atomic)
    }

    func end() throws {
        try FileManager.default.removeItem(at: control)
    }
}
