// SPDX-License-Identifier: Apache-2.0

extension WorkerFailure {
    /// What happened to the worker. Completes a sentence that begins with "the worker".
    public var inWords: String {
        let end = signal.map { "by \($0)" } ?? code.map { "with code \($0)" }
        switch reason {
        case .exited, .signaled: return "ended" + (end.map { " \($0)" } ?? "")
        case .spawnFailed: return "could not be started"
        case .notReady: return "was not ready in time"
        case .unresponsive: return "did not answer"
        case .disconnected: return "closed its channel"
        }
    }
}
