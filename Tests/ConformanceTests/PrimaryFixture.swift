// SPDX-License-Identifier: Apache-2.0

import Cluster
import Foundation
import Logging
import Shared

/// A primary with one of the worker programs in `Workers/`, and the log of its events.
struct PrimaryFixture {
    let primary: Primary
    let log: EventLog

    /// Forks one worker and waits until it listens; returns it and its port.
    func forkListening() async throws -> (WorkerInfo, port: UInt16) {
        let id = try await primary.fork()[0].id
        let worker = try await primary.wait(for: [id], until: .listening)[0]
        guard let port = worker.listening.first?.port, let port = UInt16(exactly: port) else {
            throw MissingPort(worker: worker)
        }
        return (worker, port)
    }

    /// Waits until the worker is gone; returns how it ended.
    func exit(of id: WorkerID) async -> (worker: WorkerInfo, report: ExitReport) {
        let event = await log.first(.exit, of: id)
        guard case .exit(let report) = event.kind, let worker = event.worker else {
            preconditionFailure("an exit event without its worker")
        }
        return (worker, report)
    }

    struct MissingPort: Error {
        let worker: WorkerInfo
    }
}

/// Runs `body` with a primary for `Workers/<script>`; kills what is left of its workers at the end.
func withPrimary(
    _ script: String, settings configure: (inout ClusterSettings) -> Void = { _ in },
    configuration adjust: (inout PrimaryConfiguration) -> Void = { _ in },
    _ body: (PrimaryFixture) async throws -> Void
) async throws {
    var settings = ClusterSettings()
    settings.exec = workerScript(script)
    configure(&settings)
    var configuration = PrimaryConfiguration(
        settings: settings, environment: ProcessInfo.processInfo.environment)
    adjust(&configuration)
    let primary = try Primary(configuration, logger: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() }))
    await primary.publishMessages(true)
    let log = EventLog()
    let reader = Task {
        for await event in primary.events { await log.append(event) }
    }
    let result: Result<Void, any Error>
    do {
        result = .success(try await body(PrimaryFixture(primary: primary, log: log)))
    } catch {
        result = .failure(error)
    }
    await primary.close()
    await reader.value
    try result.get()
}

func workerScript(_ name: String) -> String {
    URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Workers/\(name)").path
}
