// SPDX-License-Identifier: Apache-2.0

import Cluster
import Foundation

/// Is its own primary: forks itself as often as its argument says, and tells what becomes of it.
enum OwnPrimary {
    static func run(_ arguments: [String]) async throws {
        switch try ClusterProcess.role {
        case .primary(let primary):
            for _ in 0..<(arguments.first.flatMap(Int.init) ?? 1) { try await primary.fork() }
            for await event in primary.events {
                switch event.kind {
                case .listening(let address): say("listening \(address.port ?? 0)")
                case .exit(let report): say("exit \(event.worker?.id.description ?? "") \(report.reason.rawValue)")
                default: break
                }
            }
        case .worker(let worker):
            let listener = try await worker.listen(port: 0, host: "127.0.0.1")
            await HTTPServer.serve(listener) { _ in "worker \(worker.id)" }
        }
    }

    /// Not by `print`, which would keep the line until there are many.
    private static func say(_ line: String) {
        FileHandle.standardOutput.write(Data((line + "\n").utf8))
    }
}
