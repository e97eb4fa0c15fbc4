// SPDX-License-Identifier: Apache-2.0

import Cluster

/// Does nothing until it is told to go.
enum Idle {
    static func run(_ worker: Worker) async {
        for await _ in worker.events {}
    }
}
