// SPDX-License-Identifier: Apache-2.0

import Foundation
import Glibc
import Synchronization
import Testing

@testable import LinuxIO

/// Pipes that are read on a thread of their own.
@Suite(.timeLimit(.minutes(1)))
struct PipeThreadTests {
    private final class Log: PipeThread.Reader {
        private struct State {
            var bytes: [UInt8] = []
            var hasEnded = false
            var waiter: (count: Int, continuation: CheckedContinuation<Void, Never>)?
        }

        private let state = Mutex(State())

        var bytes: [UInt8] { state.withLock { $0.bytes } }
        var hasEnded: Bool { state.withLock { $0.hasEnded } }

        /// No more than any test looks at: a flood would fill the memory.
        private static let mostKept = 4 << 20

        func didRead(_ bytes: UnsafeRawBufferPointer) {
            change { $0.bytes += bytes.prefix(Self.mostKept - $0.bytes.count) }
        }
        func didEnd() { change { $0.hasEnded = true } }

        private func change(_ body: (inout State) -> Void) {
            let waiter = state.withLock { state in
                body(&state)
                guard let waiter = state.waiter, state.bytes.count >= waiter.count || state.hasEnded else {
                    return nil as CheckedContinuation<Void, Never>?
                }
                state.waiter = nil
                return waiter.continuation
            }
            waiter?.resume()
        }

        /// Returns when so many bytes have come, or at the end.
        func wait(for count: Int) async {
            await withCheckedContinuation { continuation in
                let isThere = state.withLock { state in
                    if state.bytes.count >= count || state.hasEnded { return true }
                    state.waiter = (count, continuation)
                    return false
                }
                if isThere { continuation.resume() }
            }
        }
    }

    private final class Flag: Sendable {
        let isOver = Atomic(false)
    }

    private static func write(_ text: String, to descriptor: borrowing OwnedFD) {
        let bytes = Array(text.utf8)
        #expect(Glibc.write(descriptor.number, bytes, bytes.count) == bytes.count)
    }

    @Test func `what is written arrives, and the end after it`() async throws {
        let thread = try PipeThread()
        let log = Log()
        let pipe = try Pipe(owner: nil)
        _ = try thread.add(try pipe.reading.duplicated(), log)
        Self.write("one ", to: pipe.writing)
        await log.wait(for: 4)
        Self.write("two", to: pipe.writing)
        await log.wait(for: 7)
        #expect(log.bytes == Array("one two".utf8) && !log.hasEnded)
        thread.stop(until: .now + .seconds(10))
        #expect(log.hasEnded)
    }

    @Test func `finish comes after what was written, and a pipe that others hold is read on`() async throws {
        let thread = try PipeThread()
        let (left, gone) = (Log(), Log())
        let pipe = try Pipe(owner: nil)
        let place = try thread.add(try pipe.reading.duplicated(), left)
        let other = try Self.closedPipe(thread, gone)
        Self.write(String(repeating: "x", count: 50_000), to: pipe.writing)
        let counts = await withCheckedContinuation { continuation in
            thread.finish([place, other]) { continuation.resume(returning: (left.bytes.count, gone.hasEnded)) }
        }
        #expect(counts == (50_000, true))
        Self.write("more", to: pipe.writing)
        await left.wait(for: 50_004)
        #expect(left.bytes.suffix(4) == Array("more".utf8) && !left.hasEnded)
        thread.stop(until: .now + .seconds(10))
    }

    /// A pipe to which nobody can write any more.
    private static func closedPipe(_ thread: PipeThread, _ log: Log) throws -> PipeThread.Place {
        let pipe = try Pipe(owner: nil)
        write("last", to: pipe.writing)
        return try thread.add(try pipe.reading.duplicated(), log)
    }

    @Test func `pipes of ended workers are bounded, and the oldest goes`() async throws {
        let thread = try PipeThread()
        var logs: [Log] = []
        // Their writing ends stay open.
        var ends: [Int32] = []
        for _ in 0...PipeThread.mostLeft {
            let pipe = try Pipe(owner: nil)
            ends.append(fcntl(pipe.writing.number, F_DUPFD_CLOEXEC, 0))
            let log = Log()
            logs.append(log)
            let place = try thread.add(try pipe.reading.duplicated(), log)
            await withCheckedContinuation { continuation in thread.finish([place]) { continuation.resume() } }
        }
        #expect(logs.map(\.hasEnded) == [true] + Array(repeating: false, count: PipeThread.mostLeft))
        thread.stop(until: .now + .seconds(10))
        for end in ends { close(end) }
    }

    @Test func `a writer without end holds up nobody`() async throws {
        let thread = try PipeThread()
        let flood = Log()
        let pipe = try Pipe(owner: nil)
        _ = try thread.add(try pipe.reading.duplicated(), flood)
        let descriptor = fcntl(pipe.writing.number, F_DUPFD_CLOEXEC, 0)
        let flag = Flag()
        let bytes = [UInt8](repeating: 0x78, count: 4096)
        async let writer: Void = Self.onThread {
            while !flag.isOver.load(ordering: .relaxed) { _ = Glibc.write(descriptor, bytes, bytes.count) }
        }
        await flood.wait(for: 1 << 20)
        for _ in 0..<20 {
            let log = Log()
            if let place = try? Self.closedPipe(thread, log) {
                await withCheckedContinuation { continuation in thread.finish([place]) { continuation.resume() } }
            }
            #expect(log.bytes == Array("last".utf8) && log.hasEnded)
        }
        flag.isOver.store(true, ordering: .relaxed)
        await writer
        close(descriptor)
        thread.stop(until: .now + .seconds(10))
    }

    /// Each thread waits for its order before it gives the next one, so one that is lost would stop it.
    @Test func `no order is lost, however close to another one it comes`() async throws {
        let thread = try PipeThread()
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<4 {
                group.addTask {
                    await Self.onThread {
                        let done = DispatchSemaphore(value: 0)
                        for _ in 0..<5000 {
                            thread.finish([]) { done.signal() }
                            done.wait()
                        }
                    }
                }
            }
        }
        thread.stop(until: .now + .seconds(10))
    }

    /// What blocks, or never rests, holds up no other test.
    private static func onThread(_ body: @escaping @Sendable () -> Void) async {
        await withCheckedContinuation { continuation in
            Thread.detachNewThread {
                body()
                continuation.resume()
            }
        }
    }
}
