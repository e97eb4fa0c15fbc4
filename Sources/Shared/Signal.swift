// SPDX-License-Identifier: Apache-2.0

/// A signal of Linux on x86-64 and arm64 (signal(7)); 0 only tests whether the process is there.
public struct Signal: Hashable, Sendable {
    /// The number of the signal.
    public let number: Int32

    /// 0: no signal, but it tells whether the process is there.
    public static let test = Signal(known: 0)
    /// SIGHUP.
    public static let hangup = Signal(known: 1)
    /// SIGINT.
    public static let interrupt = Signal(known: 2)
    /// SIGQUIT.
    public static let quit = Signal(known: 3)
    /// SIGABRT, from abort(3): a process that found a bug in itself.
    public static let abort = Signal(known: 6)
    /// SIGKILL.
    public static let kill = Signal(known: 9)
    /// Node's runtime opens the inspector at this signal.
    public static let user1 = Signal(known: 10)
    /// SIGTERM.
    public static let terminate = Signal(known: 15)
    /// SIGSTOP: a process does nothing until SIGCONT.
    public static let stop = Signal(known: 19)
    /// SIGCONT makes a stopped process go on.
    public static let resume = Signal(known: 18)

    /// Nil unless `number` is 0 or a signal that exists.
    public init?(number: Int32) {
        guard number == 0 || Self.names[number] != nil else { return nil }
        self.number = number
    }

    private init(known number: Int32) {
        self.number = number
    }

    /// Linux has no more (signal(7), real-time signals included).
    private static let last: Int32 = 64

    private static let names: [Int32: String] = {
        let standard = [
            "HUP", "INT", "QUIT", "ILL", "TRAP", "ABRT", "BUS", "FPE", "KILL", "USR1", "SEGV", "USR2", "PIPE",
            "ALRM", "TERM", "STKFLT", "CHLD", "CONT", "STOP", "TSTP", "TTIN", "TTOU", "URG", "XCPU", "XFSZ",
            "VTALRM", "PROF", "WINCH", "IO", "PWR", "SYS",
        ]
        var names: [Int32: String] = [:]
        for (index, name) in standard.enumerated() { names[Int32(index + 1)] = "SIG" + name }
        // glibc keeps 32 and 33 for itself.
        for number in 34...last { names[number] = number == 34 ? "SIGRTMIN" : "SIGRTMIN+\(number - 34)" }
        return names
    }()

    private static let numbers: [String: Int32] = {
        var numbers = Dictionary(uniqueKeysWithValues: names.map { ($1, $0) })
        numbers["SIGIOT"] = 6
        numbers["SIGPOLL"] = 29
        return numbers
    }()
}

extension Signal: LosslessStringConvertible {
    /// Reads `SIGTERM`, `TERM`, `sigterm` or `15`.
    public init?(_ description: String) {
        if let number = Int32(digits: description) {
            self.init(number: number)
            return
        }
        // Some other letters have a capital that is ASCII.
        guard description.utf8.allSatisfy({ $0 < 0x80 }) else { return nil }
        let upper = description.uppercased()
        guard let number = Self.numbers[upper] ?? Self.numbers["SIG" + upper] else { return nil }
        self.init(known: number)
    }

    /// `SIGTERM`; `0` for the test.
    public var description: String { Self.names[number] ?? String(number) }
}

extension Signal: Codable {
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let written =
            if let number = try? container.decode(Int32.self) { String(number) } else {
                try container.decode(String.self)
            }
        guard let signal = Signal(written) else {
            throw DecodingError.dataCorruptedError(
                in: container, debugDescription: "\(written) is not a signal; give a name such as SIGTERM or a number")
        }
        self = signal
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}
