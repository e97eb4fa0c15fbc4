// SPDX-License-Identifier: Apache-2.0

internal import Glibc
internal import Synchronization

/// Sets up signals for this program. A parent may have blocked or ignored some, and exec keeps both.
enum Signals {
    static func prepare() {
        // libdispatch's threads block all signals, and so do programs that such a thread starts.
        unblockAll()
        // If a connection breaks while OpenSSL writes, that is an error and must not end the program.
        signal(SIGPIPE, SIG_IGN)
        // Swift's runtime takes it for a crash, and writes a report for seconds.
        signal(SIGQUIT, SIG_DFL)
        // The handler reads this, so it is set first.
        sayWhenInterrupted("")
        // Ctrl-C ends the program at once with exit code 130. The default action would end it by the signal.
        let before = signal(SIGINT) { _ in
            StandardStreams.clearStatus()
            Signals.sayFarewell()
            _exit(ExitStatus.interrupted.rawValue)
        }
        // A shell ignores SIGINT for programs in the background, because Ctrl-C is not for them.
        if isIgnore(before) { signal(SIGINT, SIG_IGN) }
    }

    /// The text that Ctrl-C's handler writes before the program ends, such as what goes on without it. A handler may
    /// run at any point, so earlier texts are never freed.
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

    /// The address of the text: its length, then its bytes. 0 if there is no text.
    private static let farewell = Atomic<UInt>(0)

    static func unblockAll() {
        var none = sigset_t()
        sigemptyset(&none)
        pthread_sigmask(SIG_SETMASK, &none, nil)
    }

    static func isIgnore(_ handler: sighandler_t?) -> Bool {
        unsafeBitCast(handler, to: Int.self) == unsafeBitCast(SIG_IGN, to: Int.self)
    }
}
