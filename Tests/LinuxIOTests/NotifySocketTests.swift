// SPDX-License-Identifier: Apache-2.0

import Foundation
import Glibc
import TestSupport
import Testing

@testable import LinuxIO

@Suite(.timeLimit(.minutes(1))) struct NotifySocketTests {
    /// Keeps what comes.
    private final class Desk: NotifySocket.Delegate {
        private let continuation: AsyncStream<(String, Int32)>.Continuation

        init(_ continuation: AsyncStream<(String, Int32)>.Continuation) {
            self.continuation = continuation
        }

        func notifySocket(_ socket: NotifySocket, didReceive bytes: UnsafeRawBufferPointer, from sender: Int32) {
            continuation.yield((String(decoding: bytes, as: UTF8.self), sender))
        }
    }

    private struct Open {
        let desk: Desk
        let socket: NotifySocket
    }

    private func withSocket(
        _ body: (_ name: String, AsyncStream<(String, Int32)>) async throws -> Void
    ) async throws {
        try await withEventLoop { loop in
            let (notes, continuation) = AsyncStream.makeStream(of: (String, Int32).self)
            let state = OnLoop<Open?>(loop, nil)
            let name = try await state.run { state, loop in
                let desk = Desk(continuation)
                let socket = try NotifySocket(loop: loop, delegate: desk)
                state = Open(desk: desk, socket: socket)
                return socket.name
            }
            try await body(name, notes)
            await state.run { state, _ in state?.socket.close() }
        }
    }

    private static let sender = """
        import os, socket, sys
        s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        s.sendto(sys.argv[2].encode(), sys.argv[1].replace("@", "\\0", 1))
        """

    @Test func `a datagram arrives with the pid of its sender`() async throws {
        try await withSocket { name, notes in
            #expect(name.hasPrefix("@") && name.count > 1)
            let program = try SpawnedProgram("/usr/bin/python3", ["-c", Self.sender, name, "READY=1"])
            for await _ in program.ends {}
            let (text, pid) = try #require(await notes.first { _ in true })
            #expect(text == "READY=1" && pid == program.pid)
        }
    }

    @Test func `draining ends even if somebody goes on writing`() async throws {
        try await withEventLoop { loop in
            let state = OnLoop<Open?>(loop, nil)
            let name = try await state.run { state, loop in
                let (_, continuation) = AsyncStream.makeStream(of: (String, Int32).self)
                let desk = Desk(continuation)
                let socket = try NotifySocket(loop: loop, delegate: desk)
                state = Open(desk: desk, socket: socket)
                return socket.name
            }
            let flood = "while True: s.sendto(b'x', sys.argv[1].replace('@', '\\0', 1))"
            let program = try SpawnedProgram("/usr/bin/python3", ["-c", Self.sender + "\n" + flood, name, "READY=1"])
            for _ in 0..<50 { await state.run { state, _ in state?.socket.drain() } }
            kill(program.pid, SIGKILL)
            for await _ in program.ends {}
            await state.run { state, _ in state?.socket.close() }
        }
    }

    @Test func `descriptors that come along are closed`() async throws {
        let script = """
            import os, socket, sys
            s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
            s.connect(sys.argv[1].replace("@", "\\0", 1))
            end, other = socket.socketpair()
            socket.send_fds(s, [b"BARRIER=1"], [other.fileno()] * 40)
            other.close()
            # Ends when nobody has the other end any more.
            end.recv(1)
            """
        try await withSocket { name, notes in
            let program = try SpawnedProgram("/usr/bin/python3", ["-c", script, name])
            let (text, _) = try #require(await notes.first { _ in true })
            #expect(text == "BARRIER=1")
            for await status in program.ends { #expect(status == 0) }
        }
    }

    @Test func `two sockets have two names`() async throws {
        try await withSocket { first, _ in
            try await withSocket { second, _ in #expect(first != second) }
        }
    }
}
