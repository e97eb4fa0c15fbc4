// SPDX-License-Identifier: Apache-2.0

import Dispatch
import Glibc
import Synchronization

/// Writes lines to a descriptor from a thread of its own, so that nobody else waits for a slow reader.
///
/// The queue is bounded. A line that finds no room, or that cannot be written, is dropped and counted. The count gets a
/// line of its own in place of the missing lines.
final class LineWriter: Sendable {
    private enum Worker {
        /// Exits: `running`.
        case absent
        /// There is a thread. It lives as long as the process. No exit.
        case running
    }

    private struct Line {
        let bytes: [UInt8]
        /// How many lines it holds.
        var weight = 1
        /// Called if it cannot be written.
        var onLoss: (@Sendable () -> Void)?
    }

    private struct State {
        var worker = Worker.absent
        /// The thread takes all of them at once.
        var lines: [Line] = []
        /// The bytes that wait, and those that the thread has taken.
        var bytes = 0
        var missing = 0
    }

    private let descriptor: Int32
    private let capacity: Int
    private let missingLine: @Sendable (Int) -> [UInt8]
    private let state = Mutex(State())
    private let work = DispatchSemaphore(value: 0)
    /// Has a member for each line that waits.
    private let unwritten = DispatchGroup()

    /// - Parameters:
    ///   - capacity: how many bytes may wait.
    ///   - missingLine: the line, with its end, that says how many lines are missing.
    init(_ descriptor: Int32, capacity: Int = 1 << 20, missingLine: @escaping @Sendable (Int) -> [UInt8]) {
        self.descriptor = descriptor
        self.capacity = capacity
        self.missingLine = missingLine
    }

    /// Never waits.
    /// - Parameters:
    ///   - line: the line with its end.
    ///   - count: how many lines it holds.
    ///   - onLoss: called if it is dropped, now or on the writer's thread.
    func write(_ line: [UInt8], lines count: Int = 1, onLoss: (@Sendable () -> Void)? = nil) {
        let hasRoom = state.withLock { state in
            start(&state.worker)
            guard case .running = state.worker, state.bytes + line.count <= capacity else {
                state.missing += count
                return false
            }
            sayWhatIsMissing(&state)
            enqueue(Line(bytes: line, weight: count, onLoss: onLoss), &state)
            return true
        }
        work.signal()
        if !hasRoom { onLoss?() }
    }

    func write(_ line: String) {
        write(Array((line + "\n").utf8))
    }

    /// Waits until everything written before is out, or until `seconds` have passed.
    func flush(within seconds: Double) {
        _ = unwritten.wait(timeout: .now() + seconds)
    }

    private func enqueue(_ line: Line, _ state: inout State) {
        state.lines.append(line)
        state.bytes += line.bytes.count
        unwritten.enter()
    }

    private func sayWhatIsMissing(_ state: inout State) {
        guard state.missing > 0 else { return }
        enqueue(Line(bytes: missingLine(state.missing), weight: state.missing), &state)
        state.missing = 0
    }

    // MARK: The thread

    /// If no thread can be made, the next line tries again.
    private func start(_ worker: inout Worker) {
        guard case .absent = worker else { return }
        // Balanced by the thread, which never ends.
        let context = Unmanaged.passRetained(self)
        var thread = pthread_t()
        let code = pthread_create(
            &thread, nil,
            { context in
                // The context is the one that is passed below.
                let writer = Unmanaged<LineWriter>.fromOpaque(context!).takeUnretainedValue()
                writer.run()
            }, context.toOpaque())
        guard code == 0 else { return context.release() }
        pthread_detach(thread)
        worker = .running
    }

    private func run() -> Never {
        // Other threads get the signals. A write to a closed pipe would raise SIGPIPE here, and write(2) reports that
        // too.
        var all = sigset_t()
        sigfillset(&all)
        pthread_sigmask(SIG_BLOCK, &all, nil)
        var works = true
        while true {
            work.wait()
            while let lines = takeLines(sayingWhatIsMissing: works) {
                for line in lines {
                    works = put(line.bytes)
                    didPut(line, works)
                }
            }
        }
    }

    /// Nil if no line waits.
    /// - Parameter sayingWhatIsMissing: if false, the next line says it. Otherwise the thread would repeat it forever
    ///   on a broken descriptor.
    private func takeLines(sayingWhatIsMissing: Bool) -> [Line]? {
        state.withLock { state in
            if sayingWhatIsMissing, state.lines.isEmpty { sayWhatIsMissing(&state) }
            guard !state.lines.isEmpty else { return nil }
            defer { state.lines = [] }
            return state.lines
        }
    }

    private func didPut(_ line: Line, _ isOut: Bool) {
        state.withLock { state in
            state.bytes -= line.bytes.count
            if !isOut { state.missing += line.weight }
        }
        if !isOut { line.onLoss?() }
        unwritten.leave()
    }

    /// - Returns: whether the whole line is out.
    private func put(_ line: [UInt8]) -> Bool {
        var rest = line[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count > 0 {
                rest = rest.dropFirst(count)
            } else if errno == EAGAIN {
                // Another process that shares the descriptor has made it nonblocking, as Node does with a pipe.
                var query = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
                poll(&query, 1, -1)
            } else if errno != EINTR {
                return false
            }
        }
        return true
    }
}
