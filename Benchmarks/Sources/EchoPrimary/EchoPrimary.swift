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
        let logger = Logger(label: "echo")
        let primary = try Primary(configuration, logger: logger)
        await primary.onMessage { primary, worker, message in
            do {
                _ = try primary.send(json: message.json, to: worker)
            } catch {
                logger.error("not sent back: \(error)")
            }
        }
        _ = try await primary.fork(count: Int(environment["BENCH_WORKERS"] ?? "") ?? 1)
        for await _ in primary.events {}
    }
}
