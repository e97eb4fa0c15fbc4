// SPDX-License-Identifier: Apache-2.0

internal import Glibc

/// The whole terminal, drawn again and again. Keys come one by one and are not shown.
final class Screen {
    // Written once, before the handlers of signals that read it are installed, and before any other thread could use it.
    nonisolated(unsafe) private static var before = termios()

    /// Nil if there is no terminal that could be drawn on.
    init?() {
        guard isatty(STDIN_FILENO) == 1, Terminal.outputIsTerminal, Terminal.variable("TERM") != "dumb",
            tcgetattr(STDIN_FILENO, &Self.before) == 0
        else { return nil }
        // Somebody else may end this program.
        for number in [SIGINT, SIGTERM, SIGHUP] {
            let before = signal(number) { number in
                Screen.leave()
                _exit(128 + number)
            }
            if Signals.isIgnore(before) { signal(number, SIG_IGN) }
        }
        var raw = Self.before
        // Ctrl-C comes as a key too, so that the terminal is left as it was.
        raw.c_lflag &= ~tcflag_t(ICANON | ECHO | ISIG)
        tcsetattr(STDIN_FILENO, TCSANOW, &raw)
        Self.send(Self.enterAlternate)
    }

    /// Puts the terminal back. A signal's handler may call it.
    private static func leave() {
        send(leaveAlternate)
        tcsetattr(STDIN_FILENO, TCSANOW, &before)
    }

    func close() { Self.leave() }

    /// Shows these lines, as many as there is room for.
    func draw(_ lines: [String]) throws {
        let room = max(2, Terminal.height - 1)
        var shown = lines
        if lines.count > room { shown = lines.prefix(room - 1) + ["and \(lines.count - room + 1) more"] }
        let text = "\u{1B}[H" + shown.map { $0 + "\u{1B}[K\r\n" }.joined() + "\u{1B}[J"
        try StandardStreams.write(text.utf8)
    }

    /// Waits for a key.
    ///
    /// - Returns: nil if none comes in this time.
    func key(within limit: Duration) -> UInt8? {
        var query = pollfd(fd: STDIN_FILENO, events: Int16(POLLIN), revents: 0)
        guard poll(&query, 1, Int32(clamping: limit.wholeMilliseconds)) > 0 else { return nil }
        var byte: UInt8 = 0
        // The terminal may have gone. Then nobody looks any more.
        return read(STDIN_FILENO, &byte, 1) == 1 ? byte : Self.interrupt
    }

    /// Ctrl-C
    static let interrupt: UInt8 = 3

    /// The other screen, without a cursor (xterm's private modes 1049 and 25).
    private static let enterAlternate: StaticString = "\u{1B}[?1049h\u{1B}[?25l"
    private static let leaveAlternate: StaticString = "\u{1B}[?25h\u{1B}[?1049l"

    private static func send(_ text: StaticString) {
        _ = text.withUTF8Buffer { Glibc.write(STDOUT_FILENO, $0.baseAddress, $0.count) }
    }
}
