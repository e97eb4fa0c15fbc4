// SPDX-License-Identifier: Apache-2.0

public import Cluster
public import Hummingbird
import ServiceLifecycle
public import UnixSignals

extension ApplicationProtocol {
    /// This application as a service that takes its connections from the cluster, for a service group.
    ///
    /// - Parameter address: stands for the address of the application's own configuration.
    public func service(on worker: Worker, address: WorkerAddress) -> WorkerService<Self> {
        WorkerService(self, on: worker, address: address)
    }

    /// Runs this application as a worker, until the primary disconnects it or a signal comes; requests in flight finish.
    ///
    ///     try await application.runService()                                                       // alone
    ///     try await application.runService(on: ClusterProcess.worker, address: .port(8080))        // as a worker
    ///
    /// - Parameters:
    ///   - address: stands for the address of the application's own configuration.
    ///   - gracefulShutdownSignals: as in Hummingbird's `runService`.
    /// - Throws: what the application throws; why the worker cannot listen.
    public func runService(
        on worker: Worker, address: WorkerAddress, gracefulShutdownSignals: [UnixSignal] = [.sigterm, .sigint]
    ) async throws {
        let group = ServiceGroup(
            configuration: .init(
                services: [
                    .init(
                        service: service(on: worker, address: address),
                        successTerminationBehavior: .gracefullyShutdownGroup)
                ], gracefulShutdownSignals: gracefulShutdownSignals, logger: logger))
        try await group.run()
    }
}
