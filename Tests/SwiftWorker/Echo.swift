// SPDX-License-Identifier: Apache-2.0

import Cluster

/// Sends back each message, with the socket that came with it.
enum Echo {
    static func run(_ worker: Worker) async throws {
        for await message in worker.messages {
            try await worker.send(json: message.json, with: message.socket)
        }
    }
}
