// SPDX-License-Identifier: Apache-2.0

import Foundation
import Glibc
import Testing

@testable import LinuxIO

@Suite(.timeLimit(.minutes(1))) struct StrayProcessTests {
    @Test func `a process tells when it began and what it was started with`() async throws {
        let before = Int64(Date.now.timeIntervalSince1970 * 1000)
        let request = SpawnRequest(path: "/bin/sleep", arguments: ["sleep", "1000"], environment: ["A": "1"])
        let process = try ProcessSpawner.spawn(request, descriptors: [], from: DescriptorTable())
        let after = Int64(Date.now.timeIntervalSince1970 * 1000)
        let stray = try #require(StrayProcess(pid: process.pid))
        let start = try #require(stray.startedAt)
        // The kernel counts in hundredths of a second.
        #expect((before - 20...after + 20).contains(start))
        // The kernel lets the parent go on a moment before it has put the new environment in its place (execve(2)).
        while !stray.hasEnvironment("A", "1") { await Task.yield() }
        #expect(!stray.hasEnvironment("A", "") && !stray.hasEnvironment("B", "1"))
        #expect(!stray.hasEnded(within: 0))
        stray.kill()
        #expect(stray.hasEnded(within: 50_000))
        process.killAndReap()
        #expect(stray.startedAt == nil)
        #expect(StrayProcess(pid: process.pid) == nil)
    }

    @Test(arguments: [0, -1, Int32.max]) func `a number without a process is not found`(number: Int32) {
        let process = StrayProcess(pid: number)
        #expect(process == nil)
    }

    @Test func `a process tells whose child it is`() async throws {
        let request = SpawnRequest(path: "/bin/sleep", arguments: ["sleep", "1000"], environment: [:])
        let process = try ProcessSpawner.spawn(request, descriptors: [], from: DescriptorTable())
        defer { process.killAndReap() }
        #expect(StrayProcess(pid: process.pid)?.parent == getpid())
        #expect(StrayProcess.isAncestor(getpid()) && StrayProcess.isAncestor(getppid()) && StrayProcess.isAncestor(1))
        #expect(!StrayProcess.isAncestor(process.pid) && !StrayProcess.isAncestor(0))
        #expect(StrayProcess.runsThisProgram(getpid()) && !StrayProcess.runsThisProgram(process.pid))
        #expect(!StrayProcess.runsThisProgram(.max))
    }
}
