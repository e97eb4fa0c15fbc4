// SPDX-License-Identifier: Apache-2.0

import HTTPTypes
import Hummingbird
import NIOCore
import Synchronization

/// An agent whose answers a test writes; it keeps what it was asked.
final class FakeAgent: Sendable {
    /// One request as it came.
    struct Call: Sendable {
        let method: String
        let path: String
        let query: [String: String]
        let headers: [String: String]
        let body: String

        /// `POST /v1/workers:fork`
        var line: String { "\(method) \(path)" }
    }

    /// What to pass to `--host`.
    let url: String
    private let log: Mutex<[Call]> = Mutex([])

    private let arrivals: AsyncStream<Void>
    private let arrival: AsyncStream<Void>.Continuation

    var calls: [Call] { log.withLock { $0 } }

    private init(url: String) {
        self.url = url
        (arrivals, arrival) = AsyncStream.makeStream(of: Void.self)
    }

    /// Waits for a call that has not been waited for, past or to come.
    func waitForCall() async throws {
        for await _ in arrivals { return }
        throw CancellationError()
    }

    private func note(_ call: Call) {
        log.withLock { $0.append(call) }
        arrival.yield()
    }

    /// Runs an agent while `body` runs.
    ///
    /// - Parameter socket: a path, or nil for a free TCP port.
    static func run(
        socket: String? = nil, answer: @escaping @Sendable (Call) async throws -> Response,
        _ body: @escaping @Sendable (FakeAgent) async throws -> Void
    ) async throws {
        let (ready, announce) = AsyncStream.makeStream(of: FakeAgent.self)
        let current = Mutex<FakeAgent?>(nil)
        let responder = CallbackResponder { (request: Request, _: BasicRequestContext) in
            let bytes = try await request.body.collect(upTo: 1 << 21)
            let parameters = request.uri.queryParameters.map { (String($0.key), String($0.value)) }
            let call = Call(
                method: request.method.rawValue, path: request.uri.path,
                query: Dictionary(parameters) { _, last in last },
                headers: Dictionary(
                    request.headers.map { ($0.name.canonicalName, $0.value) }, uniquingKeysWith: { _, last in last }),
                body: String(buffer: bytes))
            current.withLock { $0 }?.note(call)
            return try await answer(call)
        }
        let application = Application(
            responder: responder,
            configuration: ApplicationConfiguration(
                address: socket.map { .unixDomainSocket(path: $0) } ?? .hostname("127.0.0.1", port: 0)),
            onServerRunning: { channel in
                let port = channel.localAddress?.port ?? 0
                let agent = FakeAgent(url: socket.map { "unix:\($0)" } ?? "http://127.0.0.1:\(port)")
                current.withLock { $0 = agent }
                announce.yield(agent)
            })
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await application.run() }
            group.addTask {
                for await agent in ready {
                    try await body(agent)
                    return
                }
            }
            // The first to end is the body, or a server that could not start.
            try await group.next()
            group.cancelAll()
        }
    }
}
