// SPDX-License-Identifier: Apache-2.0

internal import Glibc
internal import Shared

/// Files that are made together: all of them, or none.
enum NewFiles {
    /// A file with its name is there already.
    struct Taken: Error {
        let path: String
    }

    /// - Throws: `Taken`, or `OutputFailure`. None of the files is there then.
    static func write(_ files: [(path: String, text: String)]) throws {
        var made: [String] = []
        do {
            for file in files {
                // They may hold secrets.
                let descriptor = open(file.path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o640)
                guard descriptor >= 0 else {
                    throw errno == EEXIST ? Taken(path: file.path) as any Error : failure(file.path)
                }
                defer { close(descriptor) }
                made.append(file.path)
                guard WholeWrite.put(Array(file.text.utf8), into: descriptor) else { throw failure(file.path) }
            }
        } catch {
            for path in made { unlink(path) }
            throw error
        }
    }

    private static func failure(_ path: String) -> OutputFailure {
        OutputFailure(reason: String(cString: strerror(errno)), place: path)
    }
}
