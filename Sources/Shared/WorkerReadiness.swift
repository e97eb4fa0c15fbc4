// SPDX-License-Identifier: Apache-2.0

/// When a worker that is started with sockets counts as listening: `settings.ready`.
public enum WorkerReadiness: String, Codable, Sendable, CaseIterable {
    /// As soon as its program runs.
    case immediately
    /// When it says `READY=1` on NOTIFY_SOCKET (sd_notify(3)).
    case notify
}
