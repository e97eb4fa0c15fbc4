// SPDX-License-Identifier: Apache-2.0

import Cluster
import Glibc
import Shared

/// Does all that a program must not do, and tells the primary what it is told: a list of reasons. What it is told after
/// the end nobody can be told, so it is the exit code: 7 if it is right.
enum Misuse {
    static func run(_ worker: Worker) async throws {
        var reasons: [String] = []
        for await message in worker.messages {
            reasons.append(await reason { _ = try message.decode(Int.self) })
            break
        }
        reasons.append(await reason { _ = try await worker.send(json: Array("{".utf8)) })
        reasons.append(await reason { _ = try await worker.send(Double.nan) })
        reasons.append(await reason { _ = try await worker.listen(port: -1) })
        reasons.append(await reason { _ = try await worker.listen(port: 0, maxConnections: 0) })
        reasons.append(await reason { _ = try await worker.listen(path: "") })
        reasons.append(await reason { _ = try await worker.listen(descriptor: -1) })
        reasons.append(await reason { _ = try await worker.bindDatagrams(port: 65536) })
        try await worker.send(reasons)

        await worker.disconnect()
        let late = await reason { _ = try await worker.listen(port: 0) }
        await worker.waitUntilDisconnected()
        let afterwards = await reason { _ = try await worker.send("too late") }
        exit(late == "WORKER_LEAVING" && afterwards == "WORKER_NOT_CONNECTED" ? 7 : 1)
    }

    private static func reason(_ body: () async throws -> Void) async -> String {
        do {
            try await body()
            return "none"
        } catch let error as ClusterError {
            return error.reason.rawValue
        } catch {
            return "\(error)"
        }
    }
}
