// SPDX-License-Identifier: Apache-2.0

import Foundation
import Glibc
import TestSupport
import Testing

@testable import Shared

/// Programs that are run for what they write.
@Suite(.timeLimit(.minutes(1)))
struct BoundedProgramTests {
    private static func shell(
        _ text: String, writingTo descriptor: Int32 = 1, atMost limit: Int = 1000, within time: Duration = .seconds(30)
    ) async throws -> (text: String, end: BoundedProgram.End) {
        try await onOwnThread {
            let (bytes, end) = try BoundedProgram.run(
                ["sh", "-c", text], writingTo: descriptor, atMost: limit, within: time)
            return (String(decoding: bytes, as: UTF8.self), end)
        }
    }

    @Test(
        arguments: [
            ("echo out; echo err >&2; echo answer >&3; exit 3", "answer\n", .code(3)),
            ("kill -KILL $$", "", .signal(9)),
            // There is no input.
            ("cat >&3", "", .code(0)),
        ] as [(String, String, BoundedProgram.End)])
    func `the output of one descriptor comes with the program's end`(
        script: String, text: String, end: BoundedProgram.End
    ) async throws {
        let answer = try await Self.shell(script, writingTo: 3)
        #expect(answer == (text, end))
    }

    @Test func `more output than a pipe holds comes whole`() async throws {
        let answer = try await Self.shell("head -c 200000 /dev/zero", atMost: 200_000)
        #expect(answer.text.utf8.count == 200_000)
    }

    @Test func `a flood is an error`() async {
        await #expect(throws: BoundedProgram.Failure.tooLong) { try await Self.shell("yes") }
    }

    @Test func `a missing program is an error`() {
        #expect(throws: BoundedProgram.Failure.start(ENOENT)) {
            try BoundedProgram.run(["/does/not/exist"], atMost: 1, within: .seconds(30))
        }
    }

    /// Waits until all that a shell and its children hold of a pipe is closed: each of them is gone then.
    private static func leavesNothing(_ run: (_ pipe: String) async throws -> Void) async throws -> Bool {
        try await withTemporaryDirectory { folder in
            let path = folder.appending(path: "pipe").path
            try #require(mkfifo(path, 0o600) == 0)
            let reading = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC)
            defer { close(reading) }
            try await run(path)
            return try await onOwnThread {
                var ready = pollfd(fd: reading, events: Int16(POLLIN), revents: 0)
                return poll(&ready, 1, 30_000) == 1
            }
        }
    }

    @Test func `what the program leaves behind is ended, and does not keep the caller waiting`() async throws {
        let isGone = try await Self.leavesNothing { pipe in
            let answer = try await Self.shell("exec 9>\(pipe); sleep 1000 & echo done")
            #expect(answer == ("done\n", .code(0)))
        }
        #expect(isGone)
    }

    @Test func `a program that does not end is killed, with all of its group`() async throws {
        let isGone = try await Self.leavesNothing { pipe in
            await #expect(throws: BoundedProgram.Failure.late) {
                try await Self.shell("exec 9>\(pipe); trap '' TERM INT; sleep 1000 & wait", within: .seconds(3))
            }
        }
        #expect(isGone)
    }
}
