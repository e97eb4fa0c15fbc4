// SPDX-License-Identifier: Apache-2.0

import Foundation
import Glibc
import SystemPackage
import TestSupport
import Testing

@testable import LinuxIO

@Suite(.timeLimit(.minutes(1))) struct ProcessSpawnerTests {
    @Test func `arguments arrive as they are`() async throws {
        let arguments = ["zero", "", "two words", "$HOME", "ü\u{1F600}"]
        let run = try await ProgramRun.shell(#"for a in "$0" "$@"; do echo "[$a]"; done"#, arguments)
        #expect(run.lines == arguments.map { "[\($0)]" })
    }

    @Test func `the environment is the given one and nothing else`() async throws {
        let run = try await ProgramRun.run(
            SpawnRequest(path: "/usr/bin/env", arguments: ["env"], environment: ["A": "1", "B": "x=y z", "C": ""]))
        #expect(Set(run.lines) == ["A=1", "B=x=y z", "C="])
    }

    @Test func `the directory is the given one, or the parent's`() async throws {
        try await withTemporaryDirectory { directory in
            let path = directory.path
            let given = try await ProgramRun.shell("pwd") { $0.directory = path }
            #expect(given.lines == [path])
            let inherited = try await ProgramRun.shell("pwd")
            #expect(inherited.lines == [FileManager.default.currentDirectoryPath])
        }
    }

    @Test func `descriptors get to their places, even if they stand on each other's`() async throws {
        try await withTemporaryDirectory { directory in
            let paths = ["a", "b"].map { directory.appending(path: $0).path }
            let low = paths.map { open($0, O_RDWR | O_CREAT | O_CLOEXEC, 0o600) }
            let numbers = low.map { fcntl($0, F_DUPFD_CLOEXEC, 30) }
            defer { for number in low + numbers { close(number) } }
            // Each gets the other's number in the child.
            var places = [ProcessSpawner.Source](repeating: .null, count: Int(numbers.max() ?? 0) + 1)
            places[Int(numbers[0])] = .inherited(numbers[1])
            places[Int(numbers[1])] = .inherited(numbers[0])
            places[1] = .inherited(numbers[0])
            let exit = try await ProgramRun.exit(
                of: SpawnRequest(
                    path: "/bin/sh",
                    arguments: [
                        "sh", "-c",
                        "readlink /proc/self/fd/\(numbers[0]); readlink /proc/self/fd/\(numbers[1]); readlink /proc/self/fd/4",
                    ],
                    environment: ["PATH": "/usr/bin:/bin"]), places)
            #expect(exit.outcome == .code(0))
            let text = String(decoding: FileManager.default.contents(atPath: paths[0]) ?? Data(), as: UTF8.self)
            #expect(text.split(separator: "\n").map(String.init) == [paths[1], paths[0], "/dev/null"])
        }
    }

    @Test func `the same descriptor may stand at several places`() async throws {
        let null = open("/dev/zero", O_RDONLY | O_CLOEXEC)
        defer { close(null) }
        let run = try await ProgramRun.shell(
            "readlink /proc/$$/fd/3; readlink /proc/$$/fd/4; readlink /proc/$$/fd/0",
            environment: ["PATH": "/usr/bin:/bin"], extra: [.inherited(null), .inherited(null)])
        #expect(run.lines == ["/dev/zero", "/dev/zero", "/dev/null"])
    }

    @Test func `no other descriptor is inherited, even without close-on-exec`() async throws {
        let leaky = open("/dev/zero", O_RDONLY)
        let high = fcntl(leaky, F_DUPFD, 900)
        defer { close(leaky); close(high) }
        let run = try await ProgramRun.shell("ls /proc/$$/fd; true", environment: ["PATH": "/usr/bin:/bin"])
        #expect(run.lines == ["0", "1", "2"])
    }

    @Test func `signals are at their defaults and unblocked`() async throws {
        let before = signal(SIGUSR2, SIG_IGN)
        defer { signal(SIGUSR2, before) }
        let run = try await ProgramRun.run(
            SpawnRequest(path: "/bin/cat", arguments: ["cat", "/proc/self/status"], environment: [:]))
        // 32 and 33 are glibc's own, which no program can change (nptl(7)).
        let changeable: UInt64 = ~(3 << 31)
        for field in ["SigBlk:\t", "SigIgn:\t", "SigCgt:\t"] {
            let line = try #require(run.lines.first { $0.hasPrefix(field) })
            let signals = try #require(UInt64(line.dropFirst(field.count), radix: 16))
            #expect(signals & changeable == 0, "\(line)")
        }
    }

    /// The signals that this thread blocks.
    private func blockedSignals() -> [Int32] {
        var mask = sigset_t()
        pthread_sigmask(SIG_SETMASK, nil, &mask)
        return (1..<65).filter { sigismember(&mask, $0) == 1 }
    }

    @Test func `the parent blocks no more signals than before, whatever happens to the child`() throws {
        let before = blockedSignals()
        #expect(failure { $0.path = "/bin/true" } == nil)
        #expect(blockedSignals() == before)
        #expect(failure { $0.path = "/no/such/program" } != nil)
        #expect(failure { $0.directory = "/no/such/directory" } != nil)
        #expect(failure([.inherited(Int32.max)]) { _ in } != nil)
        #expect(blockedSignals() == before)
    }

    /// A process that changes its identity makes its memory undumpable. If it uses the parent's memory, that is the parent's.
    @Test(.enabled(if: getuid() == 0)) func `a child of another user leaves the parent dumpable`() throws {
        // prctl(2), which is not imported, with PR_GET_DUMPABLE.
        typealias Prctl = @convention(c) (Int32, UInt, UInt, UInt, UInt) -> Int32
        let address = try #require(dlsym(nil, "prctl"))
        let isDumpable = { unsafeBitCast(address, to: Prctl.self)(3, 0, 0, 0, 0) }
        try #require(isDumpable() == 1)
        #expect(failure { $0.uid = 65534 } == nil)
        #expect(isDumpable() == 1)
    }

    /// From its change of identity on, processes of its new user may signal it.
    @Test(.enabled(if: getuid() == 0)) func `a child that its new user stops blocks nobody`() async throws {
        let uid = UInt32.random(in: 1_000_000_000..<2_000_000_000)
        // kill(2): -1 is every process that this one may signal, but not itself.
        let script = """
            import os, signal
            os.setuid(\(uid))
            while True:
                try: os.kill(-1, signal.SIGSTOP)
                except ProcessLookupError: pass
            """
        let stopper = SpawnRequest(
            path: "/usr/bin/python3", arguments: ["python3", "-c", script], environment: [:])
        let attacker = try ProcessSpawner.spawn(
            stopper, descriptors: [.null, .null, .null], from: DescriptorTable())
        defer { attacker.killAndReap() }
        while try !String(contentsOfFile: "/proc/\(attacker.pid)/status", encoding: .utf8).contains("Uid:\t\(uid)") {
            await Task.yield()
        }
        for _ in 0..<200 {
            let failure = failure { $0.uid = uid }
            #expect(failure == nil || failure?.step == .exec)
        }
    }

    @Test func `the file limit is the given one`() async throws {
        let run = try await ProgramRun.shell("ulimit -Sn; ulimit -Hn") { $0.fileLimit = 57 }
        var limit = rlimit()
        getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
        #expect(run.lines == ["57", "\(limit.rlim_max)"])
    }

    @Test func `a parent that ignores the ends of its children learns of them all the same`() async {
        await #expect(processExitsWith: .success) {
            signal(SIGCHLD, SIG_IGN)
            let run = try await ProgramRun.shell("exit 7")
            #expect(run.exit.outcome == .code(7))
        }
    }

    @Test func `the child leads a session and a process group of its own`() async throws {
        let run = try await ProgramRun.shell("cut -d' ' -f1,5,6 /proc/$$/stat", environment: ["PATH": "/usr/bin:/bin"])
        let numbers = try #require(run.lines.first).split(separator: " ")
        #expect(numbers.count == 3 && Set(numbers).count == 1)
    }

    @Test(.enabled(if: getuid() == 0)) func `identity is dropped with all supplementary groups`() async throws {
        let run = try await ProgramRun.shell(
            "id -u; id -g; id -G; cut -f2-5 < /dev/null", environment: ["PATH": "/usr/bin:/bin"]
        ) {
            $0.uid = 65534
            $0.gid = 65533
        }
        #expect(run.lines == ["65534", "65533", "65533"])
    }

    @Test func `the program finds its own pid in the right place, and nothing else there`() async throws {
        let run = try await ProgramRun.shell(
            "echo $$ $LISTEN_PID $OTHER", environment: ["LISTEN_PID": "1", "OTHER": "o"]
        ) {
            $0.pidVariable = "LISTEN_PID"
        }
        let words = try #require(run.lines.first).split(separator: " ")
        #expect(words.count == 3 && words[0] == words[1] && words[2] == "o")
    }

    @Test func `the program ends with the thread that started it`() async throws {
        let (handles, continuation) = AsyncStream.makeStream(of: Int32.self)
        Thread.detachNewThread {
            var request = SpawnRequest(path: "/bin/sleep", arguments: ["sleep", "600"], environment: [:])
            request.deathSignal = SIGKILL
            let process = try? ProcessSpawner.spawn(request, descriptors: [.null], from: DescriptorTable())
            continuation.yield(process?.pid ?? -1)
            continuation.finish()
        }
        let pid = try #require(await handles.first { _ in true })
        try #require(pid > 0)
        let status = await withCheckedContinuation { continuation in
            Thread.detachNewThread {
                var status: Int32 = 0
                while waitpid(pid, &status, 0) < 0, errno == EINTR {}
                continuation.resume(returning: status)
            }
        }
        #expect(status & 0x7f == SIGKILL)
    }

    // MARK: Failures

    private func failure(
        _ descriptors: [ProcessSpawner.Source] = [.null, .null, .null], _ configure: (inout SpawnRequest) -> Void
    ) -> SpawnError? {
        var request = SpawnRequest(path: "/bin/true", arguments: ["true"], environment: [:])
        configure(&request)
        do {
            let process = try ProcessSpawner.spawn(request, descriptors: descriptors, from: DescriptorTable())
            process.killAndReap()
            return nil
        } catch {
            return error
        }
    }

    @Test func `a missing or invalid program is reported as such`() {
        let missing = failure { $0.path = "/no/such/program" }
        #expect(missing?.step == .exec)
        #expect(missing?.errno == .noSuchFileOrDirectory)
        let file = failure { $0.path = "/etc/passwd" }
        #expect(file?.step == .exec)
        #expect(file?.errno == .permissionDenied)
    }

    @Test func `a missing directory is reported as such`() {
        let error = failure { $0.directory = "/no/such/directory" }
        #expect(error?.step == .directory)
        #expect(error?.errno == .noSuchFileOrDirectory)
    }

    @Test(.enabled(if: getuid() == 0)) func `the directory must be open to the new user`() async throws {
        try await withTemporaryDirectory { directory in
            chmod(directory.path, 0o700)
            let error = failure {
                $0.directory = directory.path
                $0.uid = 65534
            }
            #expect(error?.step == .directory)
            #expect(error?.errno == .permissionDenied)
        }
    }

    @Test func `a descriptor that is not open is reported as such`() {
        let error = failure([.null, .null, .null, .inherited(Int32.max)]) { _ in }
        #expect(error?.step == .descriptors)
        #expect(error?.errno == .badFileDescriptor)
    }

    @Test(.enabled(if: getuid() == 0)) func `an impossible identity is reported as such`() {
        #expect(failure { $0.uid = UInt32.max }?.step == .uid)
        #expect(failure { $0.gid = UInt32.max }?.step == .gid)
    }

    @Test func `a failure leaves no child and no descriptor`() async {
        await #expect(processExitsWith: .success) {
            #expect(provesLeaks())
            // The runtime opens descriptors of its own at the first error.
            #expect(throws: SpawnError.self) {
                try ProcessSpawner.spawn(
                    SpawnRequest(path: "/no", arguments: ["no"], environment: [:]), descriptors: [.null],
                    from: DescriptorTable())
            }
            let before = openDescriptors()
            for path in ["/no/such/program", "/etc/passwd"] {
                let request = SpawnRequest(path: path, arguments: [path], environment: [:])
                #expect(throws: SpawnError.self) {
                    try ProcessSpawner.spawn(request, descriptors: [.null], from: DescriptorTable())
                }
            }
            #expect(waitpid(-1, nil, WNOHANG) == -1)
            #expect(errno == ECHILD)
            #expect(openDescriptors() == before)
        }
    }

    @Test func `a stale token traps`() async {
        await #expect(processExitsWith: .failure) {
            let request = SpawnRequest(path: "/bin/true", arguments: ["true"], environment: [:])
            let stale = DescriptorTable.Token(rawValue: 0)
            _ = try ProcessSpawner.spawn(request, descriptors: [.owned(stale)], from: DescriptorTable())
        }
    }
}
