// SPDX-License-Identifier: Apache-2.0

import Foundation
import Glibc
import TestSupport

@testable import LinuxIO

/// One run of a program: what it wrote to its standard output, and its end.
struct ProgramRun {
    let lines: [String]
    let exit: ProcessExit

    /// Runs a shell script to its end. Its input and error output are `/dev/null`.
    static func shell(
        _ script: String, _ arguments: [String] = [], environment: [String: String] = [:],
        extra: [ProcessSpawner.Source] = [], configure: @Sendable (inout SpawnRequest) -> Void = { _ in }
    ) async throws -> ProgramRun {
        var request = SpawnRequest(
            path: "/bin/sh", arguments: ["sh", "-c", script] + arguments, environment: environment)
        configure(&request)
        return try await run(request, extra: extra)
    }

    static func run(_ request: SpawnRequest, extra: [ProcessSpawner.Source] = []) async throws -> ProgramRun {
        try await withTemporaryDirectory { directory in
            let path = directory.appending(path: "output").path
            let output = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
            defer { close(output) }
            let exit = try await exit(of: request, [.null, .inherited(output), .null] + extra)
            let text = String(decoding: FileManager.default.contents(atPath: path) ?? Data(), as: UTF8.self)
            return ProgramRun(lines: text.split(separator: "\n").map(String.init), exit: exit)
        }
    }

    static func exit(
        of request: SpawnRequest, _ descriptors: [ProcessSpawner.Source],
        whileRunning body: @Sendable (ProcessHandle) throws -> Void = { _ in }
    ) async throws -> ProcessExit {
        try await withEventLoop { loop in
            let (exits, continuation) = AsyncStream.makeStream(of: ProcessExit.self)
            try await OnLoop(loop, ()).run { _, loop in
                let process = try ProcessSpawner.spawn(request, descriptors: descriptors, from: DescriptorTable())
                try process.whenExited(on: loop) { exit in
                    continuation.yield(exit)
                    continuation.finish()
                }
                try body(process)
            }
            guard let exit = await exits.first(where: { _ in true }) else { throw IOError("wait4", code: ECHILD) }
            return exit
        }
    }
}
