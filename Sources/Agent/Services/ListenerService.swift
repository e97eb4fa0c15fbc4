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
    /// Of the unix socket.
    let socketFile: SocketFile?
    let responder: Responder
    let gate: ConnectionGate
    let bound: BoundListeners
    let logger: Logger

    /// How long clients may take to read what they asked for while the agent ends.
    private static var farewell: Duration { .seconds(1) }

    /// Serves until graceful shutdown; then it accepts no more and lets answers that are under way go out.
    /// - Throws: `StartupError` where it cannot listen.
    func run() async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                do {
                    try await application.run()
                } catch let error as IOError {
                    throw StartupError(.unavailable, "cannot listen on \(listener): \(Self.explanation(of: error))")
                } catch is SocketAddressError.UnknownHost {
                    throw StartupError(.unavailable, "cannot listen on \(listener): there is no such host name")
                } catch is SocketAddressError {
                    throw StartupError(.unavailable, "cannot listen on \(listener): that is no address")
                } catch  where Task.isShuttingDownGracefully {
                    // Told to stop before it had begun, the server says so with an error.
                }
            }
            group.addTask {
                try await gracefulShutdown()
                try await Task.sleep(for: Self.farewell)
            }
            defer { group.cancelAll() }
            try await group.next()
        }
    }

    private var application: Application<Responder> {
        Application(
            responder: responder,
            server: HTTPServerBuilder { responder in
                AgentChannel(responder: responder, listener: listener, gate: gate)
            },
            configuration: ApplicationConfiguration(
                address: listener.bindAddress, backlog: 1024,
                availableConnectionsDelegate: MaximumAvailableConnections(gate.limits.connections, logger: logger)),
            onServerRunning: { channel in didBind(channel) },
            logger: logger)
    }

    private func didBind(_ channel: any Channel) {
        if case .unix = listener {
            do {
                try socketFile?.didBind()
            } catch {
                // Others than this socket's callers are served all the same.
                logger.error("\(error)")
            }
        }
        channel.eventLoop.execute { [gate] in
            // It fails if the listener is closed again already.
            try? channel.pipeline.syncOperations.addHandler(AcceptRestHandler(reserve: gate.reserve), position: .first)
        }
        bound.didBind(listener.bound(to: channel.localAddress))
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
