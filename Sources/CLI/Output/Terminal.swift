// SPDX-License-Identifier: Apache-2.0

internal import Glibc

/// What is known about the terminal, looked up each time.
enum Terminal {
    static var outputIsTerminal: Bool { isatty(STDOUT_FILENO) == 1 }

    /// Whether somebody can answer a question.
    static var canAsk: Bool { isatty(STDIN_FILENO) == 1 && isatty(STDERR_FILENO) == 1 }

    /// Whether a person reads standard error.
    static var errorsAreRead: Bool { isatty(STDERR_FILENO) == 1 }

    /// Whether standard error is a terminal on which a line can be erased.
    static var errorsTakeControl: Bool { isatty(STDERR_FILENO) == 1 && variable("TERM") != "dumb" }

    /// The columns. Nil if standard output is not a terminal, so that a pipe gets everything.
    static var width: Int? { outputIsTerminal ? width(of: STDOUT_FILENO) : nil }

    /// The lines of standard output's terminal.
    static var height: Int {
        var size = winsize()
        guard ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_row > 0 else { return 24 }
        return Int(size.ws_row)
    }

    /// The columns of standard error's terminal.
    static var errorWidth: Int { width(of: STDERR_FILENO) }

    private static func width(of descriptor: Int32) -> Int {
        var size = winsize()
        guard ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return 80 }
        return Int(size.ws_col)
    }

    /// Honours https://no-color.org.
    static var takesColour: Bool {
        outputIsTerminal && (variable("NO_COLOR") ?? "").isEmpty && variable("TERM") != "dumb"
    }

    static func variable(_ name: String) -> String? {
        getenv(name).map { String(cString: $0) }
    }
}
