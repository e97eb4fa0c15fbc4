// SPDX-License-Identifier: Apache-2.0

/// The exit codes, on which scripts rely. They stand only here.
enum ExitStatus: Int32, Sendable {
    /// All hosts did it.
    case done = 0
    /// All hosts refused.
    case refused = 1
    /// Some hosts did it, and some did not.
    case mixed = 2
    /// Standard output or a file could not be written (`EX_IOERR` of sysexits.h).
    case outputFailed = 74
    /// No host could be reached (`EX_UNAVAILABLE`).
    case unreachable = 69
    /// No host let the caller in (`EX_NOPERM`).
    case unauthorised = 77
    /// The code of timeout(1).
    case timedOut = 124
    /// 128 + SIGINT. Also for a question that was not answered with yes.
    case interrupted = 130

    /// - Parameters:
    ///   - failures: all that went wrong.
    ///   - successes: how many calls succeeded.
    init(failures: [Failure], successes: Int) {
        guard let first = failures.first else {
            self = .done
            return
        }
        guard successes == 0 else {
            self = .mixed
            return
        }
        let kinds = Set(failures.map(\.kind))
        guard kinds.count == 1 else {
            // A host that did not answer in time was not reached either. Otherwise no single reason fits.
            self = kinds.isSubset(of: [.unreachable, .timedOut]) ? .unreachable : .refused
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
