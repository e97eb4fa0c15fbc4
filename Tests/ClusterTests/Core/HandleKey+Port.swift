// SPDX-License-Identifier: Apache-2.0

import Shared

@testable import Cluster

extension HandleKey {
    /// As for `listen(port)` in a worker.
    static func port(_ port: Int, index: Int = 0) -> HandleKey {
        HandleKey(address: nil, port: port, addressType: .tcp4, fd: nil, index: index)
    }

    /// As for `listen(path)` in a worker.
    static func path(_ path: String) -> HandleKey {
        HandleKey(address: path, port: -1, addressType: .pipe, fd: nil, index: 0)
    }

    /// As for a UDP socket that a worker binds.
    static func datagram(_ port: Int) -> HandleKey {
        HandleKey(address: nil, port: port, addressType: .udp4, fd: -1, index: 0)
    }
}
