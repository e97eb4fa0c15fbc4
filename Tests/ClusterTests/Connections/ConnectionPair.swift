// SPDX-License-Identifier: Apache-2.0

import LinuxIO

@testable import Cluster

/// Two connections that lead to each other, on a loop of their own.
struct ConnectionPair {
    let near: Connection
    let far: Connection
    let open: OpenConnections
    private let loop: EventLoop

    init() throws {
        let (loop, open) = (try EventLoop(), OpenConnections())
        self.loop = loop
        self.open = open
        (near, far) = try UnixSocketPair().split { near, far in
            (
                Connection(SharedDescriptor(stream: near), lease: open.lease(), loop: loop),
                Connection(SharedDescriptor(stream: far), lease: open.lease(), loop: loop)
            )
        }
    }

    /// Ends the loop's thread.
    func stop() {
        loop.stop()
    }
}
