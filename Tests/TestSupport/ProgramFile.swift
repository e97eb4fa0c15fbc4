// SPDX-License-Identifier: Apache-2.0

import Foundation

/// A program that a test makes, to run it at once.
///
/// Another program writes the file. What this process has open for writing, a program that some other test is just starting
/// has too until its exec. The kernel runs no file that somebody may write to (ETXTBSY, execve(2)).
public enum ProgramFile {
    /// Makes a script, with its `#!` line.
    public static func write(_ script: String, to path: String) async throws {
        let draft = path + ".draft"
        try Data(script.utf8).write(to: URL(filePath: draft))
        try await copy(draft, to: path)
        try FileManager.default.removeItem(atPath: draft)
    }

    /// Makes a copy of a program that every user may run, whatever the umask and its own rights are.
    public static func copy(_ program: String, to path: String) async throws {
        let install = try SpawnedProgram("install", ["-m", "755", program, path])
        try install.input.close()
        let errors = await install.errors.text()
        for await status in install.ends where status != 0 {
            throw SpawnedProgram.Failure(description: "install: \(errors)")
        }
    }
}
