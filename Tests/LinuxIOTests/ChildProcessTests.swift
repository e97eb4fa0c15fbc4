// SPDX-License-Identifier: Apache-2.0

import Glibc
import Testing

@testable import TestSupport

/// The tests' own view of a program's end.
@Suite(.timeLimit(.minutes(1)))
struct ChildProcessTests {
    @Test func `the end of a child that somebody else has reaped is not taken for success`() async {
        // This process's parent is not its child, so waitpid(2) fails as it does for a child that is gone.
        var ends: [Int32] = []
        for await end in ChildProcess.wait(for: getppid()) { ends.append(end) }
        #expect(ends.isEmpty)
    }

    @Test(arguments: [("exit 0", 0), ("exit 7", 7), ("kill -9 $$", -9)])
    func `a child's end is its exit code or its signal`(script: String, expected: Int32) async throws {
        let child = try ChildProcess("sh", ["-c", script], environment: ["PATH": "/usr/bin:/bin"]) { _ in }
        var ends: [Int32] = []
        for await end in child.ends { ends.append(end) }
        #expect(ends == [expected])
    }
}
