// SPDX-License-Identifier: Apache-2.0

import Glibc
import Testing

@testable import LinuxIO

/// Without a time limit of Swift Testing's: for its timers the runtime opens descriptors, and does not bear to get none.
/// A signal ends the process if it hangs.
@Suite struct DescriptorLimitTests {
    @Test func `without a free descriptor a connection waits, and is accepted once there is one`() async {
        await #expect(processExitsWith: .success) {
            alarm(60)
            try await ConnectionListenerTests().withServer { server, port, counts in
                let client = try TestClient.connect("127.0.0.1", port)
                #expect(await counts.next() == 1)
                var limit = rlimit()
                getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
                let usual = limit
                let second = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
                // Below the limit are the standard three alone, so that no number is free.
                limit.rlim_cur = 3
                #expect(setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0)
                #expect(dup(0) < 0)
                var name = sockaddr_in()
                name.sin_family = sa_family_t(AF_INET)
                name.sin_port = port.bigEndian
                name.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
                let result = withUnsafePointer(to: &name) { name in
                    name.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                        Glibc.connect(second, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
                    }
                }
                #expect(result == 0)
                for _ in 0..<3 { #expect(await server.run { server, _ in server?.accepted } == 1) }
                limit = usual
                #expect(setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0)
                #expect(await counts.next() == 2)
                close(client)
                close(second)
            }
        }
    }

    @Test func `without a free descriptor a frame with one waits for a slow reader, and the channel stays whole`() async
    {
        await #expect(processExitsWith: .success) {
            alarm(60)
            let loop = try EventLoop()
            let (pair, carried) = (try SocketPair(), try SocketPair())
            let state = OnLoop<ChannelEnd?>(loop, nil)
            let usual = try await state.run { state, loop in
                let end = try ChannelEnd(pair.near, loop) { _, _ in }
                state = end
                let table = DescriptorTable()
                let token = table.insert(OwnedFD(carried.near))
                var limit = rlimit()
                getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
                let usual = limit
                limit.rlim_cur = 3
                #expect(setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0)
                #expect(dup(0) < 0)
                for _ in 0..<100 { end.channel?.send([UInt8](repeating: 7, count: 9000), with: token, of: table) }
                #expect((end.channel?.queuedBytes ?? 0) > 0)
                return usual
            }
            var limit = usual
            #expect(setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0)
            var received = 0
            var bytes = [UInt8](repeating: 0, count: 65536)
            while received < 900_000 {
                let count = recv(pair.far, &bytes, bytes.count, 0)
                #expect(count > 0)
                guard count > 0 else { break }
                received += count
            }
            #expect(received == 900_000)
        }
    }
}
