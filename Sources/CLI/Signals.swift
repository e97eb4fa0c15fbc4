// SPDX-License-Identifier: Apache-2.0

internal import Glibc
internal import Synchronization

/// The signals as this program wants them. A parent may have blocked some or ignored some: both stay through exec.
enum Signals {
    static func prepare() {
        // libdispatch's threads block all of them, and so do programs that start this one from such a thread.
        unblockAll()
        // A connection that breaks while OpenSSL writes is an error, not the end of the program.
        signal(SIGPIPE, SIG_IGN)
        // "Ctrl-C ends at once, exit 130", which the default action would not: it ends by the signal.
        let before = signal(SIGINT) { _ in
            StandardStreams.clearStatus()
            if Signals.disconnectContinues.load(ordering: .relaxed) {
                Signals.continuation.withUTF8Buffer { _ = write(STDERR_FILENO, $0.baseAddress, $0.count) }
            }
            _exit(ExitStatus.interrupted.rawValue)
        }
        // A shell ignores it for what it runs in the background: Ctrl-C is for another program then.
        if isIgnore(before) { signal(SIGINT, SIG_IGN) }
    }

    /// Whether workers go on to disconnect after Ctrl-C, which ends only this program. Then the handler says so.
    static let disconnectContinues = Atomic(false)

    private static let continuation: StaticString =
        "a disconnect that has begun continues; cluster-cli workers shows how far it is\n"

    static func unblockAll() {
        var none = sigset_t()
        sigemptyset(&none)
        pthread_sigmask(SIG_SETMASK, &none, nil)
    }

    private static func isIgnore(_ handler: sighandler_t?) -> Bool {
        unsafeBitCast(handler, to: Int.self) == unsafeBitCast(SIG_IGN, to: Int.self)
    }
}
