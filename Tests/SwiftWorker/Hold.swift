// SPDX-License-Identifier: Apache-2.0

import Cluster

/// Keeps the sockets that come with messages, lets go of the oldest at each message without one, and answers each with
/// the number of those that it has.
enum Hold {
    static func run(_ worker: Worker) async throws {
        var held: [PassedSocket] = []
        for await message in worker.messages {
            if let socket = message.socket {
                held.append(socket)
            } else if try message.decode(String.self) == "let go" {
                held.removeFirst()
            }
            try await worker.send(held.count)
        }
    }
}
