// SPDX-License-Identifier: Apache-2.0

import Cluster
import Glibc
import Shared

/// Says what this process is, and the error if it asks for the other role.
enum Roles {
    /// Sends what a worker is told that asks for the primary.
    static func tellPrimary(_ worker: Worker) async throws {
        do throws(ClusterError) {
            _ = try ClusterProcess.primary
        } catch {
            try await worker.send(error.reason.rawValue)
        }
        for await _ in worker.events {}
    }

    static func run() async throws {
        print("worker: \(ClusterProcess.isWorker), primary: \(ClusterProcess.isPrimary)")
        do throws(ClusterError) { _ = try ClusterProcess.worker } catch { print("worker: \(error)") }
        do throws(ClusterError) { _ = try ClusterProcess.primary } catch { print("primary: \(error)") }
        for name in ["NODE_UNIQUE_ID", "NODE_CHANNEL_FD", "NODE_CHANNEL_SERIALIZATION_MODE"] where getenv(name) != nil {
            print("\(name) is still there")
        }
    }
}
