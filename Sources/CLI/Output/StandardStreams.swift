// SPDX-License-Identifier: Apache-2.0

internal import Glibc
internal import Synchronization

/// Data goes to standard output, messages to standard error. Both are unbuffered.
enum StandardStreams {
    /// Writes all of it. If nobody reads any more (`cluster-cli events | head`), the program ends by SIGPIPE like any
    /// other filter.
    ///
    /// - Throws: `OutputFailure`, for example on a full disk.
    static func write(_ bytes: some Collection<UInt8>) throws {
        clearStatus()
        try write(Array(bytes)[...], to: STDOUT_FILENO)
    }

    /// If standard error cannot be written, there is nowhere to report it, and nothing else changes.
    static func complain(_ line: String) {
        clearStatus()
        try? write(Array((line + "\n").utf8)[...], to: STDERR_FILENO)
    }

    /// JSON for standard output. For a terminal, without characters that steer it.
    static func shown(_ json: [UInt8]) -> [UInt8] {
        Terminal.outputIsTerminal ? TerminalText.safeJSON(json) : json
    }

    /// A closed descriptor's number would go to the next socket, and output would go to an agent. So another file takes
    /// its place, opened the wrong way round. Each use is then an error as before.
    static func occupyClosedDescriptors() {
        for descriptor in [STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO] where fcntl(descriptor, F_GETFD) < 0 {
            // The lowest free number is this one.
            _ = open("/dev/null", (descriptor == STDIN_FILENO ? O_WRONLY : O_RDONLY) | O_CLOEXEC)
        }
    }

    /// A line that the next output replaces. For a terminal only.
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

    /// Atomic, because Ctrl-C's handler reads it too and may run at any point.
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
                // Another process has made the shared terminal or pipe non-blocking.
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
