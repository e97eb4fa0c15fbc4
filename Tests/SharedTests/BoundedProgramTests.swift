// SPDX-License-Identifier: Apache-2.0

import Glibc
import Testing

@testable import Shared

/// Programs that are run for what they write.
@Suite(.timeLimit(.minutes(1)))
struct BoundedProgramTests {
    private static func shell(
        _ text: String, writingTo descriptor: Int32 = 1, atMost limit: Int = 1000, within time: Duration = .seconds(30)
    ) throws(BoundedProgram.Failure) -> (text: String, end: BoundedProgram.End) {
        let (bytes, end) = try BoundedProgram.run(
            ["sh", "-c", text], writingTo: descriptor, atMost: limit, within: time)
        return (String(decoding: bytes, as: UTF8.self), end)
    }

    @Test func `the output of one descriptor comes with the program's end`() throws {
        let answer = try Self.shell("echo out; echo err >&2; echo answer >&3; exit 3", writingTo: 3)
        #expect(answer == ("answer\n", .code(3)))
        #expect(try Self.shell("kill -KILL $$") == ("", .signal(SIGKILL)))
        #expect(try Self.shell("cat") == ("", .code(0)), "there is no input")
    }

    @Test func `more output than a pipe holds comes whole`() throws {
        let answer = try Self.shell("head -c 200000 /dev/zero", atMost: 200_000)
        #expect(answer.text.utf8.count == 200_000)
    }

    @Test func `a flood is an error`() {
        #expect(throws: BoundedProgram.Failure.tooLong) { try Self.shell("yes") }
    }

    @Test func `a missing program is an error`() {
        #expect(throws: BoundedProgram.Failure.start(ENOENT)) {
            try BoundedProgram.run(["/does/not/exist"], atMost: 1, within: .seconds(30))
        }
    }

    /// Whether all that a shell and its children hold of a pipe is closed: each of them is gone then.
    private static func leavesNothing(_ run: (_ pipe: String) throws -> Void) throws -> Bool {
        var template = Array("/tmp/cluster-XXXXXX".utf8CString)
        let folder = try #require(mkdtemp(&template).map { String(cString: $0) })
        let path = folder + "/pipe"
        defer {
            unlink(path)
            rmdir(folder)
        }
        try #require(mkfifo(path, 0o600) == 0)
        let reading = open(path, O_RDONLY | O_NONBLOCK)
        defer { close(reading) }
        try run(path)
        var ready = pollfd(fd: reading, events: Int16(POLLIN), revents: 0)
        return poll(&ready, 1, 30_000) == 1
    }

    @Test func `what the program leaves behind is ended, and does not keep the caller waiting`() throws {
        let isGone = try Self.leavesNothing { pipe in
            let answer = try Self.shell("exec 9>\(pipe); sleep 1000 & echo done")
            #expect(answer == ("done\n", .code(0)))
        }
        #expect(isGone)
    }

    @Test func `a program that does not end is killed, with all of its group`() throws {
        let isGone = try Self.leavesNothing { pipe in
            #expect(throws: BoundedProgram.Failure.late) {
                try Self.shell("exec 9>\(pipe); trap '' TERM INT; sleep 1000 & wait", within: .seconds(3))
            }
        }
        #expect(isGone)
    }
}
