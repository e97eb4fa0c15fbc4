// SPDX-License-Identifier: Apache-2.0

import Foundation

/// Runs `body` with a copy of a file that every user can read: the clone may be in a home that is its owner's alone.
public func withReadableCopy<Result>(
    of path: String, _ body: (_ copy: String) async throws -> Result
) async throws -> Result {
    try await withTemporaryDirectory { directory in
        let copy = directory.appending(path: URL(filePath: path).lastPathComponent).path
        try FileManager.default.copyItem(atPath: path, toPath: copy)
        // Whatever the umask and the clone's own rights are.
        for (file, mode) in [(directory.path, 0o755), (copy, 0o755)] {
            try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: file)
        }
        return try await body(copy)
    }
}
