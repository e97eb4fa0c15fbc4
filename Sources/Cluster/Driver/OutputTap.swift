// SPDX-License-Identifier: Apache-2.0

import LinuxIO
import Shared

/// Passes on what a supervised worker writes to its standard output or error, and keeps the end of it.
final class OutputTap: OutputReader, PipeReader.Delegate {
    private var pipe: PipeReader?
    private var tail: OutputTail?
    private(set) var hasSeenInspector = false
    /// What Node says as one line when its inspector is switched on.
    private static let inspectorLine = Array("Debugger listening on ".utf8)
    private let worker: WorkerID
    private let stream: WorkerOutput.Stream
    private let pass: @Sendable (WorkerOutput) -> Void

    /// - Parameter pass: gets what is written, on the loop's thread.
    init(
        _ descriptor: consuming OwnedFD, of worker: WorkerID, _ stream: WorkerOutput.Stream, loop: EventLoop,
        pass: @escaping @Sendable (WorkerOutput) -> Void
    ) throws(IOError) {
        self.worker = worker
        self.stream = stream
        self.pass = pass
        tail = stream == .error ? OutputTail() : nil
        pipe = try PipeReader(descriptor, loop: loop, delegate: self)
    }

    func lastText() -> String? {
        pipe?.drain()
        return tail?.text
    }

    func pipe(_ pipe: PipeReader, didReceive bytes: UnsafeRawBufferPointer) {
        tail?.append(bytes)
        if stream == .error, bytes.starts(with: Self.inspectorLine) { hasSeenInspector = true }
        pass(WorkerOutput(worker: worker, stream: stream, bytes: Array(bytes)))
    }

    func pipeDidEnd(_ pipe: PipeReader) {
        self.pipe = nil
    }

    /// What has been written before is passed on.
    func close() {
        pipe?.drain()
        pipe?.close()
        pipe = nil
    }
}
