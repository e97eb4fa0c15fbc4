// SPDX-License-Identifier: Apache-2.0

import Foundation
import Glibc
import TestSupport
import Testing

@testable import LinuxIO

@Suite(.timeLimit(.minutes(1))) struct OrphanGuardTests {
    private static let sleeper = SpawnRequest(path: "/bin/sleep", arguments: ["sleep", "1000"], environment: [:])

    /// Spawns a program, closes its guard's socket as this process's death would, and returns how the program ended.
    private func endOfOrphan(
        _ request: SpawnRequest, grace: Duration, enrolls: Bool = false, after signal: Int32 = 0,
        whileGuarded body: () async throws -> Void = {}
    ) async throws -> ProcessExit {
        try await withEventLoop { loop in
            let (exits, continuation) = AsyncStream.makeStream(of: ProcessExit.self)
            let state = OnLoop<OrphanGuard?>(loop, nil)
            let guardian = try await state.run { held, loop in
                let orphanGuard = try OrphanGuard(grace: grace)
                let process = try ProcessSpawner.spawn(
                    request, descriptors: [], from: DescriptorTable(), guardedBy: enrolls ? nil : orphanGuard)
                kill(orphanGuard.pid, signal)
                if enrolls { orphanGuard.enroll(process) }
                try process.whenExited(on: loop) { exit in
                    continuation.yield(exit)
                    continuation.finish()
                }
                held = orphanGuard
                return orphanGuard.pid
            }
            try await body()
            await state.run { held, _ in _ = held.map { shutdown($0.number, Int32(SHUT_WR)) } }
            let exit = try #require(await exits.first { _ in true })
            // It may have more to do. Nobody else waits for it.
            waitpid(guardian, nil, 0)
            await state.run { held, _ in held = nil }
            return exit
        }
    }

    @Test func `processes that are left after the grace are killed`() async throws {
        let exit = try await endOfOrphan(Self.sleeper, grace: .milliseconds(1))
        #expect(exit.outcome == .signal(SIGKILL))
    }

    @Test func `a program that was started before the guard is killed too`() async throws {
        let exit = try await endOfOrphan(Self.sleeper, grace: .zero, enrolls: true)
        #expect(exit.outcome == .signal(SIGKILL))
    }

    @Test func `a process that ends by itself within the grace is left alone`() async throws {
        let request = SpawnRequest(path: "/bin/sh", arguments: ["sh", "-c", "exit 7"], environment: [:])
        let exit = try await endOfOrphan(request, grace: .seconds(1000))
        #expect(exit.outcome == .code(7))
    }

    @Test func `the guard ends long before its grace is over if there is nothing left to guard`() throws {
        let orphanGuard = try OrphanGuard(grace: .seconds(1000))
        let request = SpawnRequest(path: "/bin/true", arguments: ["true"], environment: [:])
        let program = try ProcessSpawner.spawn(
            request, descriptors: [], from: DescriptorTable(), guardedBy: orphanGuard)
        program.killAndReap()
        shutdown(orphanGuard.number, Int32(SHUT_WR))
        var status: Int32 = -1
        #expect(waitpid(orphanGuard.pid, &status, 0) == orphanGuard.pid && status == 0)
    }

    @Test func `a guard without an owner takes nobody with it`() throws {
        func discardGuard() throws -> (program: ProcessHandle, guardian: Int32) {
            let orphanGuard = try OrphanGuard(grace: .zero)
            let program = try ProcessSpawner.spawn(
                Self.sleeper, descriptors: [], from: DescriptorTable(), guardedBy: orphanGuard)
            return (program, orphanGuard.pid)
        }
        let (program, guardian) = try discardGuard()
        // It is reaped, and has done what it ever will.
        #expect(waitpid(guardian, nil, 0) == -1)
        #expect(waitpid(program.pid, nil, WNOHANG) == 0)
        program.killAndReap()
    }

    @Test func `more programs than its socket holds are guarded, including the last`() async throws {
        try await withEventLoop { loop in
            let (exits, continuation) = AsyncStream.makeStream(of: ProcessExit.self)
            let state = OnLoop<OrphanGuard?>(loop, nil)
            try await state.run { held, loop in
                let orphanGuard = try OrphanGuard(grace: .zero)
                held = orphanGuard
                try orphanGuard.whenEnded(on: loop) {}
                kill(orphanGuard.pid, SIGSTOP)
                let first = try ProcessSpawner.spawn(Self.sleeper, descriptors: [], from: DescriptorTable())
                try first.whenExited(on: loop) { continuation.yield($0) }
                // To the guard each is another process.
                for _ in 0..<400 { orphanGuard.enroll(first) }
                #expect(!orphanGuard.isUpToDate)
                // It cannot enroll itself.
                let last = try ProcessSpawner.spawn(
                    Self.sleeper, descriptors: [], from: DescriptorTable(), guardedBy: orphanGuard)
                try last.whenExited(on: loop) { continuation.yield($0) }
                kill(orphanGuard.pid, SIGCONT)
            }
            while await state.run({ held, _ in held?.isUpToDate == false }) { await Task.yield() }
            await state.run { held, _ in _ = held.map { shutdown($0.number, Int32(SHUT_WR)) } }
            for await exit in exits.prefix(2) { #expect(exit.outcome == .signal(SIGKILL)) }
            await state.run { held, _ in held = nil }
        }
    }

    @Test func `a guard that never reads is killed and reported as such`() async throws {
        try await withEventLoop { loop in
            let (ends, continuation) = AsyncStream.makeStream(of: Void.self)
            let state = OnLoop<OrphanGuard?>(loop, nil)
            try await state.run { held, loop in
                let orphanGuard = try OrphanGuard(grace: .zero, patience: .milliseconds(30))
                held = orphanGuard
                try orphanGuard.whenEnded(on: loop) { continuation.finish() }
                kill(orphanGuard.pid, SIGSTOP)
                let program = try ProcessSpawner.spawn(Self.sleeper, descriptors: [], from: DescriptorTable())
                for _ in 0..<400 { orphanGuard.enroll(program) }
                program.killAndReap()
            }
            for await _ in ends {}
            await state.run { held, _ in held = nil }
        }
    }

    @Test func `a killed guard is reported`() async throws {
        try await withEventLoop { loop in
            let (ends, continuation) = AsyncStream.makeStream(of: Void.self)
            try await OnLoop(loop, ()).run { _, loop in
                let orphanGuard = try OrphanGuard(grace: .zero)
                // Held until then.
                try orphanGuard.whenEnded(on: loop) { [orphanGuard] in
                    _ = orphanGuard
                    continuation.finish()
                }
                kill(orphanGuard.pid, SIGKILL)
            }
            for await _ in ends {}
        }
    }

    @Test(arguments: [SIGTERM, SIGINT, SIGHUP, SIGQUIT, SIGALRM])
    func `a signal that ends others in good order leaves the guard at its post`(signal: Int32) async throws {
        let exit = try await endOfOrphan(Self.sleeper, grace: .zero, after: signal)
        #expect(exit.outcome == .signal(SIGKILL))
    }

    /// Says the pid of what it has started, in a file; then it does this.
    private static func wrapper(_ end: String, _ path: String) -> SpawnRequest {
        SpawnRequest(
            path: "/bin/sh", arguments: ["sh", "-c", "sleep 1000 & echo $! > $0.new; mv $0.new $0; \(end)", path],
            environment: ["PATH": ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin"])
    }

    private static func started(_ path: String) async throws -> Int32 {
        while true {
            if let text = try? String(contentsOfFile: path, encoding: .utf8), let pid = Int32(text.dropLast()) {
                return pid
            }
            await Task.yield()
        }
    }

    /// Whether there is no such process any more, or soon will not be.
    private static func hasEnded(_ pid: Int32) -> Bool {
        StrayProcess(pid: pid)?.hasEnded(within: 10_000) ?? true
    }

    @Test(arguments: ["wait", "exit 7"])
    func `what a program has started ends with it`(end: String) async throws {
        try await withTemporaryDirectory { directory in
            let path = directory.appending(path: "pid").path
            let exit = try await endOfOrphan(Self.wrapper(end, path), grace: .milliseconds(200)) {
                _ = try await Self.started(path)
            }
            #expect(exit.outcome == (end == "wait" ? .signal(SIGKILL) : .code(7)))
            #expect(Self.hasEnded(try await Self.started(path)))
        }
    }

    @Test func `the remains of a program that has ended are told to end, and have the grace`() async throws {
        try await withTemporaryDirectory { directory in
            let path = directory.appending(path: "pid").path
            let program = Self.wrapper("exit 7", path)
            _ = try await endOfOrphan(program, grace: .seconds(1000)) { _ = try await Self.started(path) }
            // SIGTERM is enough for it.
            #expect(Self.hasEnded(try await Self.started(path)))
        }
    }

    @Test func `the guard has none of this process's descriptors`() async throws {
        let orphanGuard = try OrphanGuard(grace: .zero)
        let process = try #require(StrayProcess(pid: orphanGuard.pid))
        // Its socket and its epoll instance, as soon as it has closed what it was born with.
        while try FileManager.default.contentsOfDirectory(atPath: "/proc/\(orphanGuard.pid)/fd").count != 2 {
            try #require(!process.hasEnded(within: 0))
            await Task.yield()
        }
        orphanGuard.end()
    }

    @Test func `nobody takes the guard for this process`() async throws {
        let orphanGuard = try OrphanGuard(grace: .zero)
        let process = try #require(StrayProcess(pid: orphanGuard.pid))
        func contents(_ name: String) throws -> String {
            let contents = FileManager.default.contents(atPath: "/proc/\(orphanGuard.pid)/\(name)")
            return String(decoding: try #require(contents), as: UTF8.self).filter { $0 != "\0" && $0 != "\n" }
        }
        // As soon as it has got so far.
        while try contents("comm") != "cluster-guard" || contents("cmdline") != "cluster-guard" {
            try #require(!process.hasEnded(within: 0))
            await Task.yield()
        }
        orphanGuard.end()
    }

    @Test func `the guard keeps none of this process's memory`() async throws {
        let large = UnsafeMutableRawBufferPointer.allocate(byteCount: 64 << 20, alignment: 4096)
        defer { large.deallocate() }
        large.initializeMemory(as: UInt8.self, repeating: 1)
        let orphanGuard = try OrphanGuard(grace: .zero)
        let process = try #require(StrayProcess(pid: orphanGuard.pid))
        func residentKiB() throws -> Int {
            let status = try String(contentsOfFile: "/proc/\(orphanGuard.pid)/status", encoding: .utf8)
            let line = try #require(status.split(separator: "\n").first { $0.hasPrefix("RssAnon:") })
            return try #require(Int(line.filter(\.isNumber)))
        }
        // As soon as it has given it back.
        while try residentKiB() > 32 << 10 {
            try #require(!process.hasEnded(within: 0))
            await Task.yield()
        }
        orphanGuard.end()
    }
}
