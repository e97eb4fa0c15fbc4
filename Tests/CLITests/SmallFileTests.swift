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
            let slow = CredentialFiles.Request(path: pipe, purpose: .token, kind: .any)
            let error = #expect(throws: CredentialFiles.Problem.self) { try files.value(of: slow) }
            #expect(error?.isLate == true)
            let quick = CredentialFiles.Request(path: token, purpose: .token, kind: .regular)
            #expect(try files.value(of: quick) == "s3cret")
        }
    }

    @Test func `files that hang do not delay each other or the others`() async throws {
        try await withTemporaryDirectory { directory in
            let pipes = (0..<100).map { directory.appending(path: "pipe\($0)").path }
            for pipe in pipes { try #require(mkfifo(pipe, 0o600) == 0) }
            let token = directory.appending(path: "token").path
            try Data("s3cret\n".utf8).write(to: URL(filePath: token))
            let files = CredentialFiles(within: .seconds(1))
            let requests = (pipes + [token]).map {
                CredentialFiles.Request(path: $0, purpose: .token, kind: .any)
            }
            files.prepare(requests)
            #expect(try files.value(of: requests[100]) == "s3cret")
            for request in requests.dropLast() {
                let error = #expect(throws: CredentialFiles.Problem.self) { try files.value(of: request) }
                #expect(error?.isLate == true)
            }
        }
    }

    @Test func `more work than threads is done all the same, and in order`() {
        let work = (0..<1000).map { number in { @Sendable in number } }
        #expect(Errand.results(until: .now + .seconds(3600), work) == Array(0..<1000))
        #expect(Errand.results(until: .now, [@Sendable () -> Int]()).isEmpty)
    }

    /// As `/proc/kmsg`, which is a regular file for stat(2).
    @Test func `a regular file that has nothing yet is an error`() {
        let error = #expect(throws: SmallFile.Failure.self) {
            try SmallFile.content(limit: 10) { (_: inout [UInt8]) throws(SmallFile.Failure) -> Int in
                errno = EAGAIN
                return -1
            }
        }
        #expect(error?.errno == EAGAIN)
    }

    @Test(arguments: [SmallFile.Kind.regular, .any])
    func `a directory is called one`(kind: SmallFile.Kind) {
        let error = #expect(throws: SmallFile.Failure.self) { try SmallFile.read("/", limit: 10, kind) }
        #expect(error?.reason == "is a directory")
    }
}
