// SPDX-License-Identifier: Apache-2.0

import Cluster
import Hummingbird
import HummingbirdCore
import Logging
import NIOCore
import ServiceLifecycle
import Synchronization

/// A Hummingbird application whose server takes its connections from a worker's listener. Everything else is the
/// application's own: responder, TLS, services, limits.
struct WorkerApplication<Base: ApplicationProtocol>: ApplicationProtocol {
    typealias Responder = Base.Responder

    /// Made at its start.
    private final class Progress: Sendable {
        let listener = Mutex<WorkerListener?>(nil)
        /// One, when the server runs; none if it cannot be fed.
        let feeds = AsyncStream.makeStream(of: Task<Void, Never>.self)
    }

    private let base: Base
    private let worker: Worker
    private let address: WorkerAddress
    private let placeholder: Result<PlaceholderSocket, ClusterError>
    private let progress = Progress()

    init(_ base: Base, on worker: Worker, address: WorkerAddress) {
        self.base = base
        self.worker = worker
        self.address = address
        placeholder = Result { () throws(ClusterError) in try PlaceholderSocket() }
    }

    var responder: Responder {
        get async throws { try await base.responder }
    }

    var server: HTTPServerBuilder { base.server }
    var eventLoopGroup: any EventLoopGroup { base.eventLoopGroup }
    var logger: Logger { base.logger }
    var services: [any Service] { base.services }

    var configuration: ApplicationConfiguration {
        var configuration = base.configuration
        // Without one, the application ends before its server begins.
        if case .success(let placeholder) = placeholder {
            configuration.address = .unixDomainSocket(path: placeholder.path)
        }
        return configuration
    }

    /// Listening is the last step: if it fails, the application ends as it would elsewhere.
    var processesRunBeforeServerStart: [@Sendable () async throws -> Void] {
        base.processesRunBeforeServerStart + [
            {
                _ = try placeholder.get()
                let listener = try await worker.listen(address, backlog: base.configuration.backlog)
                progress.listener.withLock { $0 = listener }
            }
        ]
    }

    func onServerRunning(_ channel: any Channel) async {
        if case .success(let placeholder) = placeholder { placeholder.removeName() }
        guard let listener = progress.listener.withLock({ $0 }) else { return }
        do {
            let feed = ConnectionFeed(listener, to: channel, group: eventLoopGroup, logger: logger)
            try await feed.open()
            logger.info("worker \(worker.id) listens on \(listener.address.text)")
            progress.feeds.continuation.yield(Task { await feed.run() })
        } catch {
            // The server was closed before it had begun.
            logger.info("worker \(worker.id) does not listen", metadata: ["error": "\(error)"])
            await listener.close()
        }
        progress.feeds.continuation.finish()
        await base.onServerRunning(channel)
    }

    /// Waits until all that came before the listener closed has been given to the server, or the task is cancelled.
    func finishFeeding() async {
        for await feed in progress.feeds.stream { await feed.value }
    }
}

extension ListeningAddress {
    fileprivate var text: String {
        guard let port, port >= 0 else { return address ?? "" }
        return "\(address ?? "*"):\(port)"
    }
}
