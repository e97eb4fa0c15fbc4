// SPDX-License-Identifier: Apache-2.0

import Foundation
import Synchronization
import TestSupport
import Testing

@testable import CLI

/// Small files, and what only looks like one.
@Suite(.timeLimit(.minutes(1)))
struct SmallFileTests {
    private func withPipe(_ body: (String) async throws -> Void) async throws {
        try await withTemporaryDirectory { directory in
            let pipe = directory.appending(path: "pipe").path
            try #require(mkfifo(pipe, 0o600) == 0)
            try await body(pipe)
        }
    }

    @Test func `a pipe without a writer costs no more than the time limit`() async throws {
        try await withPipe { pipe in
            let late = #expect(throws: SmallFile.Failure.self) {
                try SmallFile.read(pipe, limit: 100, .any, until: .now + .milliseconds(20))
            }
            #expect(late?.isLate == true)
            let lateAside = #expect(throws: SmallFile.Failure.self) {
                try SmallFile.readAside(pipe, limit: 100, .any, until: .now + .milliseconds(20))
            }
            #expect(lateAside?.isLate == true)
        }
    }

    @Test func `a pipe in the place of a file is refused at once`() async throws {
        try await withPipe { pipe in
            let error = #expect(throws: SmallFile.Failure.self) {
                try SmallFile.readAside(pipe, limit: 100, .regular, until: .now + .seconds(3600))
            }
            #expect(error?.reason == "it is not a regular file")
        }
    }

    @Test func `a pipe is read until its last writer has gone, however slow it is`() async throws {
        try await withPipe { pipe in
            Thread.detachNewThread {
                let handle = try? FileHandle(forWritingTo: URL(filePath: pipe))
                try? handle?.write(contentsOf: Data("first ".utf8))
                try? handle?.write(contentsOf: Data("second".utf8))
                try? handle?.close()
            }
            let bytes = try SmallFile.readAside(pipe, limit: 100, .any, until: .now + .seconds(3600))
            #expect(String(decoding: bytes, as: UTF8.self) == "first second")
        }
    }

    @Test func `a file without end is refused`() {
        let error = #expect(throws: SmallFile.Failure.self) {
            try SmallFile.read("/dev/zero", limit: 1000, .any, until: .now + .seconds(3600))
        }
        #expect(error?.reason == "longer than 1000 bytes")
    }

    /// As the kernel does for a disk that does not answer.
    @Test func `work that hangs is left behind`() {
        let release = DispatchSemaphore(value: 0)
        let result = Errand.result(until: .now + .milliseconds(20)) {
            release.wait()
            return 1
        }
        #expect(result == nil)
        release.signal()
        #expect(Errand.result(until: .now + .seconds(3600)) { 2 } == 2)
    }

    @Test func `a file that took all the time leaves the others some`() async throws {
        try await withPipe { pipe in
            let token = URL(filePath: pipe).deletingLastPathComponent().appending(path: "token").path
            try Data("s3cret\n".utf8).write(to: URL(filePath: token))
            let files = CredentialFiles(within: .milliseconds(20))
            let error = #expect(throws: CredentialFiles.Problem.self) { try files.token(inFile: pipe, .any) }
            #expect(error?.isLate == true)
            #expect(try files.token(inFile: token, .regular) == "s3cret")
        }
    }
}
