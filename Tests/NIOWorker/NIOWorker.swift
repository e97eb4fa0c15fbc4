// SPDX-License-Identifier: Apache-2.0

import Cluster
import Glibc

/// A worker whose connections are SwiftNIO's; its first argument says how they come to be.
@main
enum NIOWorker {
    static func main() async throws {
        let worker = try ClusterProcess.worker
        switch CommandLine.arguments.dropFirst().first {
        case "connections": try await Connections.run(worker)
        default: exit(64)
        }
    }
}
