// SPDX-License-Identifier: Apache-2.0

import Foundation

/// Runs `body` with a copy of a file that every user can read: the clone may be in a home that is its owner's alone.
public func withReadableCopy<Result>(
    of path: String, _ body: (_ copy: String) async throws -> Result
) async throws -> Result {
    try await withTemporaryDirectory { directory in
        let copy = directory.appending(path: URL(filePath: path).lastPathComponent).path
        try await ProgramFile.copy(path, to: copy)
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: directory.path)
        return try await body(copy)
    }
}
