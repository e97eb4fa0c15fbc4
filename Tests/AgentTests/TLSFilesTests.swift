// SPDX-License-Identifier: Apache-2.0

import Foundation
import Synchronization
import TestSupport
import Testing

@testable import Agent

/// What is wrong with the files of TLS, in a sentence that names the file.
@Suite(.timeLimit(.minutes(1))) struct TLSFilesTests {
    private static func complaint(_ certificate: String, _ key: String) -> String? {
        let files = TLSFiles(certificate: certificate, key: key)
        do throws(StartupError) {
            _ = try files.makeContext()
            return nil
        } catch {
            return error.description
        }
    }

    @Test func `a missing file is named`() {
        #expect(Self.complaint("/no/such.pem", "/no/key.pem") == "cannot read /no/such.pem: No such file or directory")
    }

    @Test func `a file with other content is named`() async throws {
        try await withTemporaryDirectory { directory in
            let pair = try TestAuthority("root", in: directory).issue("agent", file: "agent")
            #expect(Self.complaint(pair.certificate, pair.key) == nil)
            let empty = directory.appending(path: "empty").path
            try Data().write(to: URL(filePath: empty))
            #expect(
                Self.complaint(empty, pair.key)
                    == "\(empty) does not hold a certificate in PEM, which begins with -----BEGIN")
            #expect(
                Self.complaint(pair.certificate, empty)
                    == "\(empty) does not hold a private key without a passphrase in PEM, which begins with -----BEGIN"
            )
        }
    }

    /// Nobody writes to the pipe, so to open it for reading would take for ever.
    @Test func `a pipe is refused`() async throws {
        try await withTemporaryDirectory { directory in
            let pipe = directory.appending(path: "pipe").path
            try #require(mkfifo(pipe, 0o600) == 0)
            #expect(Self.complaint(pipe, pipe)?.contains("\(pipe): Illegal seek; a pipe or a device") == true)
        }
    }

    /// Nobody writes to the pipe, so to open it for reading would take for ever.
    @Test func `a pipe is refused at a reload too`() async throws {
        try await withTemporaryDirectory { directory in
            let pair = try TestAuthority("root", in: directory).issue("agent", file: "agent")
            let context = try TLSContext(TLSFiles(certificate: pair.certificate, key: pair.key))
            try context.reload()
            try FileManager.default.removeItem(atPath: pair.key)
            try #require(mkfifo(pair.key, 0o600) == 0)
            let error = #expect(throws: StartupError.self) { try context.reload() }
            #expect(error?.description.contains("\(pair.key): Illegal seek; a pipe or a device") == true)
        }
    }

    @Test func `a reload does not block its caller`() async {
        let (begun, begins) = AsyncStream.makeStream(of: Void.self)
        let turns = DispatchSemaphore(value: 0)
        let runs = Mutex(0)
        let reloading = Reloading {
            runs.withLock { $0 += 1 }
            begins.yield()
            turns.wait()
        }
        var iterator = begun.makeAsyncIterator()
        reloading.request()
        _ = await iterator.next()
        // Still under way: all these are done by one more.
        for _ in 0..<3 { reloading.request() }
        #expect(runs.withLock { $0 } == 1)
        turns.signal()
        _ = await iterator.next()
        reloading.request()
        turns.signal()
        _ = await iterator.next()
        #expect(runs.withLock { $0 } == 3)
        turns.signal()
    }

    @Test func `a key of another certificate is refused`() async throws {
        try await withTemporaryDirectory { directory in
            let authority = try TestAuthority("root", in: directory)
            let (one, other) = (try authority.issue("one", file: "one"), try authority.issue("two", file: "two"))
            #expect(Self.complaint(one.certificate, other.key)?.contains("do not go together") == true)
        }
    }
}
