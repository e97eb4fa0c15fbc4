// SPDX-License-Identifier: Apache-2.0

import Foundation
import Glibc
import TestSupport
import Testing

@testable import LinuxIO

/// The processes of a program's session.
@Suite(.timeLimit(.minutes(1))) struct SessionTests {
    /// Starts a shell that starts another program and says its pid in a file; passes both on.
    private func shell(
        _ script: String, in directory: URL, _ body: (ProcessHandle, StrayProcess) async throws -> Void
    ) async throws {
        let file = directory.appending(path: "pid").path
        let request = SpawnRequest(
            path: "/bin/sh", arguments: ["sh", "-c", script, file],
            environment: ["PATH": ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin"])
        let process = try ProcessSpawner.spawn(request, descriptors: [.null, .null, .null], from: DescriptorTable())
        defer { process.killAndReap() }
        while true {
            // The line end comes last.
            if let text = try? String(contentsOfFile: file, encoding: .utf8), text.hasSuffix("\n") {
                let pid = try #require(Int32(text.dropLast()))
                return try await body(process, try #require(StrayProcess(pid: pid)))
            }
            await Task.yield()
        }
    }

    /// In the group of the shell; in a group of its own; in the session of another program that waits.
    static let scripts = [
        "sleep 1000 & echo $! > $0; wait", "set -m; sleep 1000 & echo $! > $0; wait",
        "sh -c 'sleep 1000 & echo $! > $0; wait' $0",
    ]

    @Test(arguments: scripts)
    func `a signal for the session reaches all of it`(_ script: String) async throws {
        try await withTemporaryDirectory { directory in
            try await shell(script, in: directory) { shell, child in
                #expect(shell.others().count >= 1)
                try shell.signalSession(SIGKILL)
                #expect(child.hasEnded(within: 10_000))
            }
        }
    }

    @Test(arguments: scripts)
    func `the signal reaches the session even after the leader was reaped`(_ script: String) async throws {
        try await withTemporaryDirectory { directory in
            try await shell(script, in: directory) { shell, child in
                try shell.signal(SIGKILL)
                let exit = try #require(shell.reap(until: .now + .seconds(10)))
                #expect(exit.outcome == .signal(SIGKILL) && !exit.survivors.isEmpty)
                #expect(!child.hasEnded(within: 0))
                try shell.signalSession(SIGTERM)
                #expect(child.hasEnded(within: 10_000))
            }
        }
    }

    @Test func `a process with a session of its own is left alone`() async throws {
        try await withTemporaryDirectory { directory in
            try await shell("setsid sleep 1000 & echo $! > $0; wait", in: directory) { shell, child in
                // Until it has one.
                while !shell.others().isEmpty { await Task.yield() }
                try shell.signalSession(SIGKILL)
                let exit = try #require(shell.reap(until: .now + .seconds(10)))
                #expect(exit.survivors.isEmpty && !child.hasEnded(within: 0))
                child.kill()
                #expect(child.hasEnded(within: 10_000))
            }
        }
    }

    @Test func `only as many processes are reported as fit`() async throws {
        try await withTemporaryDirectory { directory in
            let script = "for i in 1 2 3 4 5; do sleep 1000 & done; echo $! > $0; wait"
            try await shell(script, in: directory) { shell, _ in
                #expect(shell.others().count == 5 && shell.others(atMost: 2).count == 2)
                #expect(shell.others(atMost: 0).isEmpty)
            }
        }
    }

    @Test func `a process that does not end is not waited for`() async throws {
        try await withTemporaryDirectory { directory in
            try await shell("echo $$ > $0; sleep 1000", in: directory) { shell, _ in
                #expect(shell.reap(until: .now) == nil)
            }
        }
    }

    @Test func `one look finds all processes that have ended by then`() async throws {
        try await withEventLoop { loop in
            let (exits, continuation) = AsyncStream.makeStream(of: (id: Int, exit: ProcessExit).self)
            let state = OnLoop<[ProcessHandle]>(loop, [])
            // Every third leaves a process behind, and dies first.
            let script = "if [ $1 = 0 ]; then sleep 1000 & fi; kill -9 $$"
            try await state.run { processes, loop in
                for id in 0..<30 {
                    let request = SpawnRequest(
                        path: "/bin/sh", arguments: ["sh", "-c", script, "sh", "\(id % 3)"],
                        environment: ["PATH": "/usr/bin:/bin"])
                    processes.append(
                        try ProcessSpawner.spawn(request, descriptors: [.null, .null, .null], from: DescriptorTable()))
                }
                for process in processes { process.waitForEnd() }
                for (id, process) in processes.enumerated() {
                    try process.whenExited(on: loop) { continuation.yield((id, $0)) }
                }
            }
            for await (id, exit) in exits.prefix(30) {
                #expect(exit.outcome == .signal(SIGKILL) && exit.survivors.count == (id % 3 == 0 ? 1 : 0), "\(id)")
                for pid in exit.survivors { StrayProcess(pid: pid)?.kill() }
            }
            let looks = await state.run { _, loop in loop.endedSessions.looks }
            #expect(looks == 1)
        }
    }
}

extension ProcessHandle {
    /// Its exit is not taken.
    fileprivate func waitForEnd() {
        var query = pollfd(fd: pidfd.number, events: Int16(POLLIN), revents: 0)
        while poll(&query, 1, -1) < 0 {}
    }
}
