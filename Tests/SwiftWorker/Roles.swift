// SPDX-License-Identifier: Apache-2.0

import Cluster
import Glibc
import Shared

/// Says what this process is, and what it is told where it asks for the other role.
enum Roles {
    static func run() async throws {
        print("worker: \(ClusterProcess.isWorker), primary: \(ClusterProcess.isPrimary)")
        do throws(ClusterError) { _ = try ClusterProcess.worker } catch { print("worker: \(error)") }
        do throws(ClusterError) { _ = try ClusterProcess.primary } catch { print("primary: \(error)") }
        for name in ["NODE_UNIQUE_ID", "NODE_CHANNEL_FD", "NODE_CHANNEL_SERIALIZATION_MODE"] where getenv(name) != nil {
            print("\(name) is still there")
        }
    }
}
