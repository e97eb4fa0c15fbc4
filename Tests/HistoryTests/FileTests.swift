// SPDX-License-Identifier: Apache-2.0

import Foundation
import Glibc
import TestSupport
import Testing

@testable import History

/// The file is made for its directory's owner, and nothing else is taken for it.
@Suite(.timeLimit(.minutes(1)))
struct FileTests {
    @Test func `a FIFO in the file's place is refused`() async throws {
        try await withTemporaryDirectory { directory in
            #expect(mkfifo(directory.historyPath, 0o600) == 0)
            #expect(throws: (any Error).self) { try History.open(path: directory.historyPath) }
        }
    }

    @Test func `a directory in the file's place is refused`() async throws {
        try await withTemporaryDirectory { directory in
            #expect(mkdir(directory.historyPath, 0o700) == 0)
            #expect(throws: (any Error).self) { try History.open(path: directory.historyPath) }
        }
    }

    @Test(.enabled(if: geteuid() == 0)) func `what root makes belongs to the directory's owner`() async throws {
        try await withTemporaryDirectory { directory in
            #expect(chown(directory.path, 65534, 65534) == 0)
            let history = try History.open(path: directory.historyPath)
            _ = try history.append([Samples.entry()])
            for suffix in ["", "-wal", "-shm"] {
                var status = stat()
                #expect(stat(directory.historyPath + suffix, &status) == 0)
                #expect(status.st_uid == 65534 && status.st_mode & 0o777 == 0o600, "\(suffix)")
            }
            try history.close()
        }
    }

    @Test(.enabled(if: geteuid() == 0)) func `root follows no link that another user made`() async throws {
        try await withTemporaryDirectory { directory in
            let victim = directory.appending(path: "victim").path
            #expect(
                FileManager.default.createFile(atPath: victim, contents: nil, attributes: [.posixPermissions: 0o644]))
            #expect(chown(directory.path, 65534, 65534) == 0)
            #expect(symlink(victim, directory.historyPath) == 0)
            #expect(throws: (any Error).self) { try History.open(path: directory.historyPath) }
            var status = stat()
            #expect(stat(victim, &status) == 0)
            #expect(status.st_uid == 0 && status.st_mode & 0o777 == 0o644)
        }
    }
}
