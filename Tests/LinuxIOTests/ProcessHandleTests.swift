// SPDX-License-Identifier: Apache-2.0

import Glibc
import TestSupport
import Testing

@testable import LinuxIO

@Suite(.timeLimit(.minutes(1))) struct ProcessHandleTests {
    private static let forever = SpawnRequest(
        path: "/bin/sleep", arguments: ["sleep", "1000"], environment: [:])

    @Test(arguments: [0, 1, 7, 255] as [Int32])
    func `an exit code is reported`(_ code: Int32) async throws {
        let run = try await ProgramRun.shell("exit \(code)")
        #expect(run.exit.outcome == .code(code))
    }

    @Test(arguments: [SIGKILL, SIGTERM, SIGHUP, SIGABRT])
    func `a signal that ends a process is reported`(_ number: Int32) async throws {
        let exit = try await ProgramRun.exit(of: Self.forever, [.null, .null, .null]) { try $0.signal(number) }
        #expect(exit.outcome == .signal(number))
    }

    @Test func `the resources that a process used are reported`() async throws {
        let exit = try await ProgramRun.shell("i=0; while [ $i -lt 100000 ]; do i=$((i+1)); done").exit
        #expect(exit.maxRssBytes > 100_000)
        #expect(exit.userMs + exit.systemMs > 0)
        #expect(exit.userMs >= 0 && exit.systemMs >= 0)
    }

    @Test func `signal 0 and a signal after the end are no error`() async throws {
        try await withEventLoop { loop in
            let (exits, continuation) = AsyncStream.makeStream(of: ProcessExit.self)
            let state = OnLoop<ProcessHandle?>(loop, nil)
            try await state.run { process, loop in
                let new = try ProcessSpawner.spawn(Self.forever, descriptors: [.null], from: DescriptorTable())
                try new.whenExited(on: loop) { continuation.yield($0) }
                try new.signal(0)
                try new.signal(SIGKILL)
                process = new
            }
            _ = await exits.first { _ in true }
            try await state.run { process, _ in
                try process?.signal(SIGKILL)
                try process?.signal(0)
                process?.killAndReap()
                process = nil
            }
        }
    }

    @Test func `a process that somebody else has reaped has ended in an unknown way`() async throws {
        try await withEventLoop { loop in
            let (exits, continuation) = AsyncStream.makeStream(of: ProcessExit.self)
            let state = OnLoop<ProcessHandle?>(loop, nil)
            try await state.run { process, loop in
                let new = try ProcessSpawner.spawn(Self.forever, descriptors: [.null], from: DescriptorTable())
                process = new
                try new.whenExited(on: loop) { continuation.yield($0) }
                try new.signal(SIGKILL)
                waitpid(new.pid, nil, 0)
            }
            let exit = await exits.first { _ in true }
            #expect(exit?.outcome == .unseen)
            await state.run { process, _ in
                // Its number may be another's.
                process?.killAndReap()
                process = nil
            }
        }
    }

    @Test func `a signal that does not exist is an error`() async throws {
        _ = try await ProgramRun.exit(of: Self.forever, [.null]) { process in
            #expect(throws: IOError.self) { try process.signal(1000) }
            #expect(throws: IOError.self) { try process.signal(-1) }
            try process.signal(SIGKILL)
        }
    }

    @Test func `killAndReap ends a process that is watched and leaves nothing behind`() async {
        await #expect(processExitsWith: .success) {
            try await withEventLoop { loop in
                let state = OnLoop(loop, ())
                #expect(provesLeaks())
                let before = openDescriptors()
                try await state.run { _, loop in
                    let process = try ProcessSpawner.spawn(
                        ProcessHandleTests.forever, descriptors: [.null], from: DescriptorTable())
                    try process.whenExited(on: loop) { _ in Issue.record("told of an end that it made itself") }
                    process.killAndReap()
                }
                // The loop has looked at its descriptors in between.
                for _ in 0..<3 { await state.run { _, _ in } }
                #expect(openDescriptors() == before)
                #expect(waitpid(-1, nil, WNOHANG) == -1)
            }
        }
    }
}
