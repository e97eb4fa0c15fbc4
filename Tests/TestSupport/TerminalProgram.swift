// SPDX-License-Identifier: Apache-2.0

import Foundation
import Glibc
import Synchronization

/// A program at a terminal of its own, which a test reads and types at.
public actor TerminalProgram {
    /// The program has ended without what was waited for.
    public struct Ended: Error, CustomStringConvertible {
        public let description: String
    }

    public nonisolated let pid: Int32
    /// All that the terminal has got so far, lines ended by CR LF.
    public private(set) var screen = ""
    private let pieces: AsyncStream<Data>
    private let ends: AsyncStream<Int32>
    private nonisolated let master: FileHandle

    /// - Parameters:
    ///   - path: a program with its path, or a name that is searched for.
    ///   - columns: the terminal's width.
    public init(_ path: String, _ arguments: [String], environment: [String: String], columns: Int = 80) throws {
        // What unlockpt(3) and ptsname(3) do, which are not imported: TIOCSPTLCK and TIOCGPTN of ioctl_tty(2).
        let master = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC)
        var isLocked: Int32 = 0
        var number: UInt32 = 0
        guard master >= 0, ioctl(master, 0x4004_5431, &isLocked) == 0, ioctl(master, 0x8004_5430, &number) == 0 else {
            throw SpawnedProgram.Failure(description: "no terminal: \(String(cString: strerror(errno)))")
        }
        self.master = FileHandle(fileDescriptor: master, closeOnDealloc: true)
        var size = winsize(ws_row: 24, ws_col: UInt16(columns), ws_xpixel: 0, ws_ypixel: 0)
        _ = ioctl(master, UInt(TIOCSWINSZ), &size)
        let child = try ChildProcess.lock.withLock { [number] _ in
            try ChildProcess(path, arguments, environment: environment, isLeader: true) { actions in
                // The leader of a session that opens a terminal is controlled by it.
                posix_spawn_file_actions_addopen(&actions, 0, "/dev/pts/\(number)", O_RDWR, 0)
                posix_spawn_file_actions_adddup2(&actions, 0, 1)
                posix_spawn_file_actions_adddup2(&actions, 0, 2)
            }
        }
        (pid, ends) = (child.pid, child.ends)
        pieces = Self.pieces(of: master)
    }

    public nonisolated func type(_ text: String) throws {
        try master.write(contentsOf: Data(text.utf8))
    }

    /// Waits until the screen has it. The program is killed if the test's time runs out.
    @discardableResult
    public func wait(for text: String) async throws -> String {
        if screen.contains(text) { return screen }
        for await piece in pieces {
            screen += String(decoding: piece, as: UTF8.self)
            if screen.contains(text) { return screen }
        }
        throw Ended(description: "'\(text)' did not come, but this:\n\(screen)")
    }

    /// Waits for the program's end: its exit code, or a signal's number below zero.
    public func status() async -> Int32 {
        for await piece in pieces { screen += String(decoding: piece, as: UTF8.self) }
        var status: Int32 = .min
        for await end in ends { status = end }
        return status
    }

    /// Ends it and what it has started: they are one session.
    public nonisolated func stop() {
        Glibc.kill(-pid, SIGKILL)
    }

    /// Read on a thread of its own, until the last one has closed the terminal, which is an error (EIO) here.
    private static func pieces(of master: Int32) -> AsyncStream<Data> {
        let (stream, continuation) = AsyncStream.makeStream(of: Data.self)
        Thread.detachNewThread {
            var buffer = [UInt8](repeating: 0, count: 1 << 16)
            while case let count = read(master, &buffer, buffer.count), count > 0 {
                continuation.yield(Data(buffer.prefix(count)))
            }
            continuation.finish()
        }
        return stream
    }
}
