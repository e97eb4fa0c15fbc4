// SPDX-License-Identifier: Apache-2.0

import Cluster
import Foundation
import Logging
import Shared
import Testing

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

    func fork() async throws -> WorkerID {
        try await primary.fork()[0].id
    }

    func forkOnline() async throws -> WorkerID {
        let id = try await fork()
        _ = try await primary.wait(for: [id], until: .online)
        return id
    }

    /// Forks a worker and returns what it says first.
    func firstMessageOfFork() async throws -> JSONValue {
        try await log.message(1, of: try await fork())
    }

    /// The port that the worker tells of in its message of this number (`listen.js`, `udp.js`).
    func port(_ message: Int, of id: WorkerID) async throws -> UInt16 {
        let message = try await log.message(message, of: id)
        guard case .integer(let number) = message["address"]?["port"], let port = UInt16(exactly: number) else {
            throw NoPort(message: message)
        }
        return port
    }

    @discardableResult
    func send(_ json: String, to id: WorkerID) async throws -> SendOutcome {
        try await primary.send(json: Array(json.utf8), to: id)
    }

    /// Waits until the process has ended; returns how.
    @discardableResult
    func exit(of id: WorkerID) async throws -> (worker: WorkerInfo, report: ExitReport) {
        let event = try await log.first(.exit, of: id)
        guard case .exit(let report) = event.kind, let worker = event.worker else {
            preconditionFailure("an exit event without its worker")
        }
        return (worker, report)
    }

    /// Replaces a worker so many times, each in good order, while four clients call `ask` with its port. A call that fails
    /// is an error.
    func replaceUnderLoad(_ times: Int, ask: @escaping @Sendable (UInt16) async throws -> Void) async throws {
        let (first, port) = try await forkListening()
        var worker = first
        let clients = Task {
            try await withThrowingTaskGroup { group in
                for _ in 0..<4 {
                    group.addTask {
                        while !Task.isCancelled { try await ask(port) }
                    }
                }
                try await group.waitForAll()
            }
        }
        for _ in 0..<times {
            let next = try await forkListening().0
            _ = try await primary.disconnect(worker.id)
            let end = try await end(of: worker.id)
            #expect(end.exitCode == 0 && end.exitedAfterDisconnect == true)
            worker = next
        }
        clients.cancel()
        try await clients.value
    }

    /// Waits until the worker has both disconnected and exited; returns what was then known of it.
    @discardableResult
    func end(of id: WorkerID) async throws -> WorkerInfo {
        let events = [try await log.first(.disconnect, of: id), try await log.first(.exit, of: id)]
        guard let worker = events.max(by: { $0.number < $1.number })?.worker else {
            preconditionFailure("an event of a worker without it")
        }
        return worker
    }

    struct NoPort: Error {
        let message: JSONValue
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
