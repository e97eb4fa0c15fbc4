// SPDX-License-Identifier: Apache-2.0

import Cluster
import Foundation
import Logging

/// A primary that sends each message of its workers back: what echo.js is when Node runs it as a primary.
@main
enum EchoPrimary {
    static func main() async throws {
        let environment = ProcessInfo.processInfo.environment
        var configuration = PrimaryConfiguration(environment: environment)
        configuration.settings.exec = CommandLine.arguments[1]
        let primary = try Primary(configuration, logger: Logger(label: "echo"))
        await primary.publishMessages(true)
        _ = try await primary.fork(count: Int(environment["BENCH_WORKERS"] ?? "") ?? 1)
        try await primary.withIsolation { primary in
            for await event in primary.events {
                guard case .message(let message) = event.kind, let worker = event.workerID else { continue }
                _ = try primary.send(json: message.json, to: worker)
            }
        }
    }
}
