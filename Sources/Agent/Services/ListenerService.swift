// SPDX-License-Identifier: Apache-2.0

import Glibc
import Hummingbird
import HummingbirdCore
import Logging
import NIOCore
import ServiceLifecycle

/// One listening socket and its connections.
struct ListenerService<Responder: HTTPResponder<AgentRequestContext>>: Service {
    let listener: Listener
    /// Nil unless it is a unix socket.
    let socketFile: SocketFile?
    let responder: Responder
    let gate: ConnectionGate
    let bound: BoundListeners
    var clock: any Clock<Duration> = ContinuousClock()
    let logger: Logger

    /// How long clients may take to read their answers when the agent stops.
    private static var farewell: Duration { .seconds(1) }
    /// The time between two checks of the socket's file.
    private static var pause: Duration { .seconds(1) }

    /// Serves until graceful shutdown. Then it accepts no more connections, and answers that are under way go out.
    /// - Throws: `StartupError` if it cannot listen.
    func run() async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await serve() }
            group.addTask {
                try await gracefulShutdown()
                try await Task.sleep(for: Self.farewell)
            }
            defer { group.cancelAll() }
            try await group.next()
        }
    }

    private func serve() async throws {
        let server = BoundServer(replaces: false)
        guard let socketFile else { return try await serve(as: server) }
        try await withThrowingTaskGroup(of: Bool.self) { group in
            group.addTask {
                try await serve(as: server)
                return !server.isReplaced && !Task.isShuttingDownGracefully
            }
            group.addTask {
                await keepInPlace(socketFile, server)
                return false
            }
            for try await isOver in group where isOver { group.cancelAll() }
        }
    }

    /// Binds the socket again, each time its file is gone.
    private func keepInPlace(_ file: SocketFile, _ first: BoundServer) async {
        var server = first
        var watch = SocketFileWatch(file: file, logger: logger)
        await withDiscardingTaskGroup { group in
            while await wait() {
                guard watch.isToBeBound() else { continue }
                let next = BoundServer(replaces: true)
                // Its error is read below.
                group.addTask { try? await serve(as: next) }
                guard await next.listens() else {
                    if let failure = next.failure { watch.didFail(failure) }
                    continue
                }
                server.replace()
                server = next
            }
        }
    }

    /// False if there is nothing more to wait for.
    private func wait() async -> Bool {
        do {
            try await cancelWhenGracefulShutdown { try await clock.sleep(for: Self.pause) }
            return !Task.isShuttingDownGracefully
        } catch {
            return false
        }
    }

    private func serve(as server: BoundServer) async throws {
        do {
            try await serveExplaining(server)
            server.didEnd(nil)
        } catch {
            server.didEnd(error)
            throw error
        }
    }

    private func serveExplaining(_ server: BoundServer) async throws {
        do {
            try await application(server).run()
        } catch let error as IOError {
            throw StartupError(.unavailable, "cannot listen on \(listener): \(Self.explanation(of: error))")
        } catch is SocketAddressError.UnknownHost {
            throw StartupError(.unavailable, "cannot listen on \(listener): there is no such host name")
        } catch is SocketAddressError {
            throw StartupError(.unavailable, "cannot listen on \(listener): that is not an address")
        } catch  where Task.isShuttingDownGracefully || server.isReplaced {
            // A server that is told to stop before it has begun throws. A server that was replaced has ended by itself.
        }
    }

    private func application(_ server: BoundServer) -> Application<Responder> {
        Application(
            responder: responder,
            server: HTTPServerBuilder { responder in
                AgentChannel(responder: responder, listener: listener, gate: gate)
            },
            configuration: ApplicationConfiguration(
                address: listener.bindAddress, backlog: 1024,
                availableConnectionsDelegate: MaximumAvailableConnections(gate.limits.connections, logger: logger)),
            onServerRunning: { channel in
                didBind(channel, server)
                server.didBind(channel)
            },
            logger: Logger(label: logger.label) { _ in ServerLogHandler(logger: logger, server: server) })
    }

    private func didBind(_ channel: any Channel, _ server: BoundServer) {
        do {
            try socketFile?.didBind()
        } catch {
            // The other listeners still serve.
            logger.error("\(error)")
        }
        channel.eventLoop.execute { [gate] in
            // Fails if the listener is closed already.
            try? channel.pipeline.syncOperations.addHandler(AcceptRestHandler(reserve: gate.reserve), position: .first)
        }
        if !server.replaces { bound.didBind(listener.bound(to: channel.localAddress)) }
    }

    private static func explanation(of error: IOError) -> String {
        switch error.errnoCode {
        case EADDRINUSE: "the address is in use; stop what listens there or choose another with --listen"
        case EACCES: "not permitted; ports below 1024 are for root"
        case EADDRNOTAVAIL, EAFNOSUPPORT: "this machine has no such address (ip address lists them)"
        default: "\(SystemProblem(error.errnoCode))"
        }
    }
}
