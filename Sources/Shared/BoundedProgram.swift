// SPDX-License-Identifier: Apache-2.0

internal import Glibc

/// A program that is run for what it writes on one descriptor, and that can neither hang nor flood its caller. Nothing of
/// its process group is left when it has ended.
package struct BoundedProgram {
    /// How it has ended by itself.
    package enum End: Hashable, Sendable {
        case code(Int32)
        case signal(Int32)
    }

    /// Why there is no whole output.
    package enum Failure: Error, Hashable, Sendable {
        /// It could not be started: a number of errno(3).
        case start(Int32)
        /// Time was up, and it was killed.
        case late
        /// It wrote more than was allowed, and was killed.
        case tooLong
        /// Somebody told this process to end. The signal takes effect when the caller's thread goes on.
        case interrupted
    }

    private let pid: pid_t
    private let reading: Int32
    private let limit: Int
    private var bytes: [UInt8] = []
    private var isOpen = true

    /// Runs it to its end. It has no input, and what it writes elsewhere is lost.
    /// - Parameters:
    ///   - words: a name, which is looked for in PATH, and the arguments.
    ///   - descriptor: where its output comes.
    ///   - limit: in bytes.
    package static func run(
        _ words: [String], writingTo descriptor: Int32 = STDOUT_FILENO, atMost limit: Int, within time: Duration
    ) throws(Failure) -> (bytes: [UInt8], end: End) {
        let deadline = ContinuousClock.now + time
        // A signal that ends this process must end the program too, which is in a group of its own.
        let signals = HeldSignals()
        defer { signals.release() }
        var program = try BoundedProgram(words, descriptor, limit)
        defer { close(program.reading) }
        do throws(Failure) {
            while !program.hasEnded {
                guard !signals.isAnyPending else { throw .interrupted }
                guard .now < deadline else { throw .late }
                try program.wait()
            }
            // A child of the program may hold the pipe open.
            while try program.read() {}
        } catch {
            _ = program.kill()
            throw error
        }
        return (program.bytes, program.kill())
    }

    private init(_ words: [String], _ descriptor: Int32, _ limit: Int) throws(Failure) {
        var ends: [Int32] = [-1, -1]
        guard pipe(&ends) == 0 else { throw .start(errno) }
        // Out of the way of the descriptors that the program gets.
        let writing = fcntl(ends[1], F_DUPFD_CLOEXEC, 10)
        let problem = errno
        close(ends[1])
        _ = fcntl(ends[0], F_SETFD, FD_CLOEXEC)
        _ = fcntl(ends[0], F_SETFL, O_NONBLOCK)
        defer { close(writing) }
        do throws(Failure) {
            guard writing >= 0 else { throw .start(problem) }
            pid = try Self.spawn(words, descriptor, writing)
        } catch {
            close(ends[0])
            throw error
        }
        reading = ends[0]
        self.limit = limit
    }

    private static func spawn(_ words: [String], _ descriptor: Int32, _ writing: Int32) throws(Failure) -> pid_t {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        for number in [STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO] {
            posix_spawn_file_actions_addopen(&actions, number, "/dev/null", O_RDWR, 0)
        }
        posix_spawn_file_actions_adddup2(&actions, writing, descriptor)
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var none = sigset_t()
        sigemptyset(&none)
        var all = sigset_t()
        sigfillset(&all)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setsigdefault(&attributes, &all)
        let flags = POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF
        posix_spawnattr_setflags(&attributes, Int16(flags))
        var arguments = words.map { strdup($0) } + [nil]
        defer { for argument in arguments { free(argument) } }
        var pid = pid_t()
        let code = posix_spawnp(&pid, words[0], &actions, &attributes, &arguments, environ)
        guard code == 0 else { throw .start(code) }
        return pid
    }

    /// Its process stays a zombie, so that its number and its group's stay its own.
    private var hasEnded: Bool {
        var info = siginfo_t()
        return waitid(P_PID, id_t(pid), &info, WEXITED | WNOHANG | WNOWAIT) != 0 || info.si_signo != 0
    }

    /// Returns when there is output, or soon.
    private mutating func wait() throws(Failure) {
        var ready = pollfd(fd: isOpen ? reading : -1, events: Int16(POLLIN), revents: 0)
        // It ends at about the time at which it closes the pipe.
        guard poll(&ready, 1, isOpen ? 100 : 5) > 0 else { return }
        _ = try read()
    }

    /// Takes what is there, and says whether there may be more.
    private mutating func read() throws(Failure) -> Bool {
        let count = withUnsafeTemporaryAllocation(byteCount: 1 << 16, alignment: 1) { buffer in
            let count = Glibc.read(reading, buffer.baseAddress, buffer.count)
            bytes += buffer.prefix(max(0, count))
            return count
        }
        guard bytes.count <= limit else { throw .tooLong }
        if count == 0 { isOpen = false }
        return count > 0
    }

    /// Ends all of its group.
    private func kill() -> End {
        Glibc.kill(-pid, SIGKILL)
        var status: Int32 = 0
        while waitpid(pid, &status, 0) < 0, errno == EINTR {}
        let signal = status & 0x7F
        return signal == 0 ? .code(status >> 8 & 0xFF) : .signal(signal)
    }
}

/// The signals that end this process, held back for a while.
private struct HeldSignals {
    private static let all = [SIGHUP, SIGINT, SIGQUIT, SIGTERM]
    private let held: [Int32]
    private var before = sigset_t()

    init() {
        // A signal that is ignored does not end this process, but would be held back too.
        held = Self.all.filter { number in
            var action = sigaction()
            return sigaction(number, nil, &action) == 0
                && unsafeBitCast(action.__sigaction_handler.sa_handler, to: Int.self)
                    != unsafeBitCast(SIG_IGN, to: Int.self)
        }
        var set = sigset_t()
        sigemptyset(&set)
        for number in held { sigaddset(&set, number) }
        pthread_sigmask(SIG_BLOCK, &set, &before)
    }

    var isAnyPending: Bool {
        var pending = sigset_t()
        return sigpending(&pending) == 0 && held.contains { sigismember(&pending, $0) == 1 }
    }

    /// They take effect now.
    func release() {
        var before = before
        pthread_sigmask(SIG_SETMASK, &before, nil)
    }
}
