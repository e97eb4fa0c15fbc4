// SPDX-License-Identifier: Apache-2.0

import Cluster
import Foundation
import Glibc

/// Ends in the way that its argument or a message names.
enum Ends {
    static func run(_ worker: Worker, _ arguments: [String]) async throws {
        if let way = arguments.first {
            try await end(worker, JSONDecoder().decode([JSONValue].self, from: Data(way.utf8)))
        }
        for await message in worker.messages { try await end(worker, message.decode([JSONValue].self)) }
        for await _ in worker.events {}
    }

    private static func end(_ worker: Worker, _ way: [JSONValue]) async throws {
        switch way {
        case ["exit", 0]: exit(0)
        case ["exit", 3]: exit(3)
        case ["abort"]: abort()
        case ["disconnect"]: await worker.disconnect()
        case ["kill"]: await worker.kill()
        default: raise(SIGUSR1)
        }
    }
}
