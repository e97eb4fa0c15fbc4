// SPDX-License-Identifier: Apache-2.0

import Foundation
import History
import NIOCore
import ServiceLifecycle
import Shared
import TestSupport

@testable import Agent

/// The agent with all its services and real sockets around a primary of a test's own.
struct LiveAgent: Sendable {
    let primary: FakePrimary
    let assembly: AgentAssembly
    let port: Int
    let socket: String
    let group: ServiceGroup
    let history: History

    /// Runs `body` when the agent is ready, and stops the agent in good order if `body` has not.
    static func with(
        primary: FakePrimary = FakePrimary(), workers: Int = 0, limits: ConnectionLimits = ConnectionLimits(),
        reserve: DescriptorReserve = DescriptorReserve(logger: .silent),
        clock: any Clock<Duration> = ContinuousClock(), grace: Duration = .seconds(10),
        _ body: @Sendable @escaping (LiveAgent) async throws -> Void
    ) async throws {
        var limits = limits
        // A busy machine may pause a client between two of its calls.
        limits.refusal = .seconds(30)
        try await withTemporaryDirectory { [limits] directory in
            let path = directory.path + "/agent.sock"
            let history = try History.inMemory()
            let assembly = AgentAssembly.make(
                primary: primary, history: history,
                listeners: [.unix(path: path), .tcp(ListenAddress(host: "127.0.0.1", port: 0))], limits: limits,
                reserve: reserve, clock: clock)
            let (ready, isReady) = AsyncStream.makeStream(of: [Listener].self)
            let services = assembly.makeServices(workers: workers, grace: grace) { isReady.yield($0) }
            let group = ServiceGroup(configuration: ServiceGroupConfiguration(services: services, logger: .silent))
            try await withThrowingTaskGroup(of: Void.self) { tasks in
                tasks.addTask {
                    defer { isReady.finish() }
                    try await group.run()
                }
                tasks.addTask {
                    for await listeners in ready {
                        var port = 0
                        for case .tcp(let address) in listeners { port = address.port }
                        let agent = LiveAgent(
                            primary: primary, assembly: assembly, port: port, socket: path, group: group,
                            history: history)
                        do {
                            try await body(agent)
                        } catch {
                            await group.triggerGracefulShutdown()
                            throw error
                        }
                        await group.triggerGracefulShutdown()
                    }
                }
                try await tasks.waitForAll()
            }
        }
    }

    /// One request on a connection of its own over the unix socket; the whole answer.
    func exchange(_ request: String) async throws -> String {
        let connection = try RawConnection(path: socket)
        try connection.send(request)
        return try await connection.read()
    }

    /// The HTTP status of the answer; nil if the connection closes without one.
    func status(of request: String) async throws -> Int? {
        let line = try await exchange(request).prefix { $0 != "\r\n" }
        let words = line.split(separator: " ")
        return words.count > 1 ? Int(words[1]) : nil
    }
}
