// SPDX-License-Identifier: Apache-2.0

import Glibc
import Testing

@testable import LinuxIO

@Suite(.timeLimit(.minutes(1))) struct SocketWatchTests {
    private func isRefused(_ body: () throws -> Void) -> Bool {
        do {
            try body()
            return false
        } catch {
            return true
        }
    }

    @Test func `a callback for a file that epoll refuses is never called`() async throws {
        try await withEventLoop { loop in
            await OnLoop(loop, ()).run { _, loop in
                // epoll takes no plain file: epoll_ctl(2), EPERM.
                let file = OwnedFD(open(#filePath, O_RDONLY | O_CLOEXEC))
                let watch = SocketWatch(file.number, loop: loop)
                var calls = 0
                #expect(isRefused { try watch.whenReadable { calls += 1 } })
                #expect(isRefused { try watch.whenWritable { calls += 1 } })
                watch.wakeAll()
                #expect(calls == 0)
            }
        }
    }

    @Test func `each callback is called once`() async throws {
        try await withEventLoop { loop in
            let pair = try SocketPair()
            try await OnLoop(loop, ()).run { _, loop in
                let watch = SocketWatch(pair.near, loop: loop)
                var calls = 0
                try watch.whenReadable { calls += 1 }
                watch.wakeAll()
                watch.wakeAll()
                #expect(calls == 1)
            }
            close(pair.near)
            close(pair.far)
        }
    }
}
