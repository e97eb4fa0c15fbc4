// SPDX-License-Identifier: Apache-2.0

import LinuxIO
import Shared
import Synchronization

/// Passes on what a supervised worker writes to its standard output or error, and keeps the end of it.
// Only the thread that reads the pipe uses `tail`.
final class OutputTap: PipeThread.Reader, @unchecked Sendable {
    private var tail: OutputTail?
    private let inspector = Atomic(false)
    /// What Node says as one line when its inspector is switched on.
    private static let inspectorLine = Array("Debugger listening on ".utf8)
    private let stream: WorkerStream
    let sink: any WorkerOutputSink

    init(_ stream: WorkerStream, sink: any WorkerOutputSink) {
        self.stream = stream
        self.sink = sink
        tail = stream == .stderr ? OutputTail() : nil
    }

    /// Whether Node has written there that a debugger may come.
    var hasSeenInspector: Bool { inspector.load(ordering: .relaxed) }

    /// The end of what has been written; nil if that is not kept. For the thread that reads.
    var lastText: String? { tail?.text }

    func didRead(_ bytes: UnsafeRawBufferPointer) {
        tail?.append(bytes)
        if stream == .stderr, bytes.starts(with: Self.inspectorLine) { inspector.store(true, ordering: .relaxed) }
        sink.didWrite(bytes, to: stream)
    }

    func didEnd() {
        sink.didEnd(stream)
    }
}

extension WorkerStream {
    /// Nil if it is another descriptor (stdin(3)).
    init?(descriptor number: Int) {
        switch number {
        case 1: self = .stdout
        case 2: self = .stderr
        default: return nil
        }
    }
}

/// The pipes of one worker, or of the primary script, that are read on the thread for output.
final class OutputTaps {
    /// What a worker has left when it ended.
    struct Remains: Sendable {
        /// The end of its standard error.
        var stderr: String?
        /// See `ExitReport.logSeq`.
        var logSeq: Int64?
    }

    private let thread: PipeThread
    private let sink: any WorkerOutputSink
    private var taps: [OutputTap] = []
    private var places: [PipeThread.Place] = []

    init(thread: PipeThread, sink: any WorkerOutputSink) {
        self.thread = thread
        self.sink = sink
    }

    /// Begins to read a new pipe.
    ///
    /// - Parameter owner: see ``Pipe``.
    /// - Returns: the end that is written to, which stands in the table.
    func pipe(
        _ stream: WorkerStream, in table: DescriptorTable, owner: UInt32?
    ) throws(IOError) -> ProcessSpawner.Source {
        let pipe = try Pipe(owner: owner)
        try add(try pipe.reading.duplicated(), stream)
        return .owned(table.insert(try pipe.writing.duplicated()))
    }

    private func add(_ descriptor: consuming OwnedFD, _ stream: WorkerStream) throws(IOError) {
        let tap = OutputTap(stream, sink: sink)
        places.append(try thread.add(descriptor, tap))
        taps.append(tap)
    }

    var hasSeenInspector: Bool { taps.contains(where: \.hasSeenInspector) }

    /// The worker has ended. Calls `body` on the output's thread when all that it wrote has been passed on.
    func finish(_ body: @escaping @Sendable (Remains) -> Void) {
        thread.finish(places) { [taps, sink] in
            body(Remains(stderr: taps.lazy.compactMap(\.lastText).first, logSeq: sink.workerDidExit()))
        }
    }

    /// There is no worker after all.
    func close() {
        thread.close(places)
    }
}
