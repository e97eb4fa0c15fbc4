// SPDX-License-Identifier: Apache-2.0

public import Foundation
import Glibc

/// A file system of its own for a test, in memory. For root alone.
public struct SmallDisk: Sendable {
    public struct Failure: Error {
        public let message: String
    }

    public let directory: URL

    /// Runs `body` with one that has room for `bytes`.
    public static func with(bytes: Int, _ body: (SmallDisk) async throws -> Void) async throws {
        try await withTemporaryDirectory { directory in
            try await run("mount", ["-t", "tmpfs", "-o", "size=\(bytes)", "none", directory.path])
            do {
                try await body(SmallDisk(directory: directory))
            } catch {
                try? await run("umount", ["-l", directory.path])
                throw error
            }
            try await run("umount", ["-l", directory.path])
        }
    }

    /// Takes all the room that is left, and gives it back after `body`.
    public func whileFull(_ body: () async throws -> Void) async throws {
        let ballast = directory.appending(path: "ballast")
        let file = open(ballast.path, O_WRONLY | O_CREAT | O_CLOEXEC, 0o600)
        guard file >= 0 else { throw Failure(message: "no ballast") }
        let bytes = [UInt8](repeating: 0, count: 4096)
        while write(file, bytes, bytes.count) > 0 {}
        close(file)
        do {
            try await body()
        } catch {
            unlink(ballast.path)
            throw error
        }
        unlink(ballast.path)
    }

    private static func run(_ program: String, _ arguments: [String]) async throws {
        let program = try SpawnedProgram(program, arguments)
        try program.input.close()
        for await status in program.ends where status != 0 {
            throw Failure(message: "\(arguments) ended with \(status): \(await program.errors.text())")
        }
    }
}
