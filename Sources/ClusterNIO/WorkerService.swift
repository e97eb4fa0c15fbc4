// SPDX-License-Identifier: Apache-2.0

import Cluster
public import Hummingbird
import Logging
public import ServiceLifecycle

/// Runs a Hummingbird application as a worker, until the worker leaves or the service is shut down.
///
/// Both happen in the same order: there are no new connections, the server gets those that came, requests in flight
/// finish, and the channel to the primary closes.
public struct WorkerService<Application: ApplicationProtocol>: Service {
    private let application: WorkerApplication<Application>
    private let worker: Worker
    private let logger: Logger

    init(_ application: Application, on worker: Worker, address: WorkerAddress) {
        self.application = WorkerApplication(application, on: worker, address: address)
        self.worker = worker
        logger = application.logger
    }

    /// - Throws: what the application throws; why the worker cannot listen.
    public func run() async throws {
        let (application, worker) = (application, worker)
        let group = ServiceGroup(configuration: .init(services: [application], logger: logger))
        // Detached, because a shutdown from outside must not reach the server before the last connections have.
        let running = Task.detached { try await group.run() }
        let leaving = Task.detached {
            await worker.waitUntilLeaving()
            guard !Task.isCancelled else { return }
            await application.finishFeeding()
            await group.triggerGracefulShutdown()
        }
        defer { leaving.cancel() }
        try await withTaskCancellationHandler {
            try await withGracefulShutdownHandler {
                do {
                    try await running.value
                } catch let error as ClusterError where error.reason == .workerLeaving {
                    // The worker was asked to leave before it had begun to listen.
                }
            } onGracefulShutdown: {
                Task { await worker.disconnect() }
            }
        } onCancel: {
            running.cancel()
        }
        // Otherwise the program could end before the primary knows that the exit is voluntary.
        if await worker.exitedAfterDisconnect == true { await worker.waitUntilDisconnected() }
    }
}
