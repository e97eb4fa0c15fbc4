// SPDX-License-Identifier: Apache-2.0

import Cluster
import Glibc

/// A worker whose connections are SwiftNIO's; its first argument says how they come to be.
@main
enum NIOWorker {
    static func main() async throws {
        let worker = try ClusterProcess.worker
        let arguments = Array(CommandLine.arguments.dropFirst())
        let limit = arguments.dropFirst().first.flatMap(Int.init)
        switch arguments.first {
        case "connections": try await Connections.run(worker)
        case "listener": try await Listeners.serve(worker, limit)
        case "sequence": try await Listeners.iterate(worker)
        case "stall": try await Listeners.stall(worker)
        case "close": try await Listeners.close(worker)
        default: exit(64)
        }
    }
}
