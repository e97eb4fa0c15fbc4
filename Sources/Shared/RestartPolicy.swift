// SPDX-License-Identifier: Apache-2.0

/// Whether a supervised worker that has ended is replaced: `supervision.restart`.
public enum RestartPolicy: String, Codable, Sendable, CaseIterable {
    /// Whatever its end was.
    case always
    /// If it ended with an exit code other than 0 or by a signal. A worker that somebody killed is replaced too: people
    /// kill a worker that hangs to get a fresh one.
    case onFailure
    /// No worker is replaced, as in Node.
    case never
}
