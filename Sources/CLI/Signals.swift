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
        // What the handler reads must be there before it.
        sayWhenInterrupted("")
        // "Ctrl-C ends at once, exit 130", which the default action would not: it ends by the signal.
        let before = signal(SIGINT) { _ in
            StandardStreams.clearStatus()
            Signals.sayFarewell()
            _exit(ExitStatus.interrupted.rawValue)
        }
        // A shell ignores it for what it runs in the background: Ctrl-C is for another program then.
        if isIgnore(before) { signal(SIGINT, SIG_IGN) }
    }

    /// What Ctrl-C's handler says before the program ends, such as what goes on without it. A handler may come at any point,
    /// so an earlier text is never freed.
    static func sayWhenInterrupted(_ text: String) {
        guard !text.isEmpty else { return farewell.store(0, ordering: .releasing) }
        let bytes = Array((text + "\n").utf8)
        let block = UnsafeMutableRawBufferPointer.allocate(
            byteCount: MemoryLayout<Int>.size + bytes.count, alignment: MemoryLayout<Int>.alignment)
        block.storeBytes(of: bytes.count, as: Int.self)
        UnsafeMutableRawBufferPointer(rebasing: block[MemoryLayout<Int>.size...]).copyBytes(from: bytes)
        farewell.store(UInt(bitPattern: block.baseAddress), ordering: .releasing)
    }

    private static func sayFarewell() {
        guard let text = UnsafeRawPointer(bitPattern: farewell.load(ordering: .acquiring)) else { return }
        _ = write(STDERR_FILENO, text + MemoryLayout<Int>.size, text.load(as: Int.self))
    }

    /// The address of the text: its length, then its bytes. 0 if there is nothing to say.
    private static let farewell = Atomic<UInt>(0)

    static func unblockAll() {
        var none = sigset_t()
        sigemptyset(&none)
        pthread_sigmask(SIG_SETMASK, &none, nil)
    }

    private static func isIgnore(_ handler: sighandler_t?) -> Bool {
        unsafeBitCast(handler, to: Int.self) == unsafeBitCast(SIG_IGN, to: Int.self)
    }
}
