// SPDX-License-Identifier: Apache-2.0

/// How the program ends, as a number that scripts can rely on. This is the only place that knows them.
enum ExitStatus: Int32, Sendable {
    /// All hosts did it.
    case done = 0
    /// Each host refused.
    case refused = 1
    /// Some did it, some did not.
    case mixed = 2
    /// Standard output or a file could not be written (`EX_IOERR` of sysexits.h).
    case outputFailed = 74
    /// No host could be reached (`EX_UNAVAILABLE`).
    case unreachable = 69
    /// No host let the caller in (`EX_NOPERM`).
    case unauthorised = 77
    /// As timeout(1) has it.
    case timedOut = 124
    /// 128 + SIGINT.
    case interrupted = 130

    /// - Parameters:
    ///   - failures: all that went wrong.
    ///   - successes: how many things were done.
    init(failures: [Failure], successes: Int) {
        guard let first = failures.first else {
            self = .done
            return
        }
        guard successes == 0 else {
            self = .mixed
            return
        }
        // Where hosts failed for different reasons no single one of them is the answer.
        guard failures.allSatisfy({ $0.kind == first.kind }) else {
            self = .refused
            return
        }
        self =
            switch first.kind {
            case .refused: .refused
            case .unreachable: .unreachable
            case .unauthorised: .unauthorised
            case .timedOut: .timedOut
            }
    }
}
