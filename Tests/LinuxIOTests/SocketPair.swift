// SPDX-License-Identifier: Apache-2.0

import Glibc

@testable import LinuxIO

/// Two connected unix stream sockets as plain numbers, of which a test gives one away and keeps the other.
struct SocketPair: Sendable {
    let near: Int32
    let far: Int32

    init() throws {
        var numbers: [Int32] = [-1, -1]
        guard socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0, &numbers) == 0 else {
            throw IOError("socketpair", code: errno)
        }
        (near, far) = (numbers[0], numbers[1])
    }

    /// How many bytes wait to be read at the far end; a look at up to a hundred.
    var waitingAtFarEnd: Int {
        var bytes = [UInt8](repeating: 0, count: 100)
        return max(0, recv(far, &bytes, bytes.count, Int32(MSG_DONTWAIT | MSG_PEEK)))
    }

    /// Whether the other end of `number`, which is this pair's, is closed everywhere by now: the read finds the end.
    static func isPeerClosed(_ number: Int32) -> Bool {
        var byte: UInt8 = 0
        return recv(number, &byte, 1, Int32(MSG_DONTWAIT | MSG_PEEK)) == 0
    }

    /// Waits for that. A child that another test forks has a copy of every descriptor until it executes its program.
    static func peerCloses(_ number: Int32) -> Bool {
        var poll = pollfd(fd: number, events: Int16(POLLIN), revents: 0)
        return Glibc.poll(&poll, 1, 10_000) == 1 && isPeerClosed(number)
    }
}
