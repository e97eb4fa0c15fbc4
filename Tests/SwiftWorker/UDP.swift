// SPDX-License-Identifier: Apache-2.0

import Cluster

/// Answers each datagram with its id and what came.
enum UDP {
    static func run(_ worker: Worker) async throws {
        let socket = try await worker.bindDatagrams(port: 0)
        try await worker.send(["port": socket.address.port ?? 0])
        while let datagram = try await socket.receive() {
            let answer = Array("\(worker.id) ".utf8) + datagram.bytes
            try await socket.send(answer, to: datagram.host, port: datagram.port)
        }
    }
}
