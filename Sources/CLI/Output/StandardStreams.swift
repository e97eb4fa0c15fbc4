// SPDX-License-Identifier: Apache-2.0

internal import Glibc
internal import Synchronization

/// Data goes to standard output, messages to standard error, both without a buffer of stdio's.
enum StandardStreams {
    /// Writes all of it. Where nobody reads any more (`cluster-cli events | head`) the program ends
    /// like any other filter, by SIGPIPE.
    ///
    /// - Throws: `OutputFailure`, on a full disk for one.
    static func write(_ bytes: some Collection<UInt8>) throws {
        clearStatus()
        try write(Array(bytes)[...], to: STDOUT_FILENO)
    }

    /// Whoever does not read standard error misses what it says; nothing else changes, and there is nowhere left to tell.
    static func complain(_ line: String) {
        clearStatus()
        try? write(Array((line + "\n").utf8)[...], to: STDERR_FILENO)
    }

    /// JSON as it is written to standard output: at a terminal without what the terminal would obey.
    static func shown(_ json: [UInt8]) -> [UInt8] {
        Terminal.outputIsTerminal ? TerminalText.safeJSON(json) : json
    }

    /// A descriptor that is closed would be given to the next socket, and what is meant for a reader go to an agent. What
    /// takes its place here can only be used the wrong way round, so that each use is an error as before.
    static func occupyClosedDescriptors() {
        for descriptor in [STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO] where fcntl(descriptor, F_GETFD) < 0 {
            // The lowest free number is this one.
            _ = open("/dev/null", (descriptor == STDIN_FILENO ? O_WRONLY : O_RDONLY) | O_CLOEXEC)
        }
    }

    /// A line that the next output takes the place of. For a terminal only.
    static func showStatus(_ text: String) {
        let line = TerminalText.fitting(TerminalText.safe(text), width: Terminal.errorWidth - 1)
        statusIsShown.store(true, ordering: .relaxed)
        try? write(Array(("\r" + line + eraseToEnd).utf8)[...], to: STDERR_FILENO)
    }

    static var hasStatus: Bool { statusIsShown.load(ordering: .relaxed) }

    static func clearStatus() {
        guard statusIsShown.exchange(false, ordering: .relaxed) else { return }
        eraseLine.withUTF8Buffer { _ = Glibc.write(STDERR_FILENO, $0.baseAddress, $0.count) }
    }

    /// Atomic because Ctrl-C's handler reads it too, which may come at any point.
    private static let statusIsShown = Atomic(false)
    /// Erase in Line (ECMA-48, 8.3.41).
    private static let eraseToEnd = "\u{1B}[K"
    private static let eraseLine: StaticString = "\r\u{1B}[K"

    private static func write(_ bytes: ArraySlice<UInt8>, to descriptor: Int32) throws {
        var rest = bytes
        while !rest.isEmpty {
            let written = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if written > 0 {
                rest = rest.dropFirst(written)
            } else if written == 0 {
                throw OutputFailure(reason: "nothing is taken")
            } else if errno == EPIPE, descriptor == STDOUT_FILENO {
                endByBrokenPipe()
            } else if errno == EAGAIN {
                // Somebody else has made the shared terminal or pipe non-blocking.
                var ready = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
                poll(&ready, 1, -1)
            } else if errno != EINTR {
                throw OutputFailure(reason: String(cString: strerror(errno)))
            }
        }
    }

    private static func endByBrokenPipe() -> Never {
        signal(SIGPIPE, SIG_DFL)
        Signals.unblockAll()
        raise(SIGPIPE)
        // A tracer may have kept the signal from us.
        _exit(128 + SIGPIPE)
    }
}
