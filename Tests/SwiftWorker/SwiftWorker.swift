// SPDX-License-Identifier: Apache-2.0

import Cluster
import Glibc

/// A worker in Swift that does what the programs in `ConformanceTests/Workers` do; its first argument says which.
@main
enum SwiftWorker {
    static func main() async throws {
        // Node's primary puts the program's own path first.
        let arguments = CommandLine.arguments.dropFirst().drop { $0.hasSuffix("SwiftWorker") }
        let rest = Array(arguments.dropFirst())
        switch arguments.first {
        case "own-primary": try await OwnPrimary.run(rest)
        case "roles": try await Roles.run()
        case "role-message": try await Roles.tellPrimary(try ClusterProcess.worker)
        case "cancelled": try await Cancelled.run(try ClusterProcess.worker)
        case "echo": try await Echo.run(try ClusterProcess.worker)
        case "ends": try await Ends.run(try ClusterProcess.worker, rest)
        case "http-server": try await HTTPServer.run(try ClusterProcess.worker, rest)
        case "last-word": try await ClusterProcess.worker.send("last word")
        case "listen": try await Listen.run(try ClusterProcess.worker, rest)
        case "hold": try await Hold.run(try ClusterProcess.worker)
        case "misuse": try await Misuse.run(try ClusterProcess.worker)
        case "udp": try await UDP.run(try ClusterProcess.worker)
        case "idle": await Idle.run(try ClusterProcess.worker)
        default: exit(64)
        }
    }
}
