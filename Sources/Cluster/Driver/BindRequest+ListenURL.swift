// SPDX-License-Identifier: Apache-2.0

import LinuxIO
import Shared

extension BindRequest {
    init(_ url: ListenURL) {
        switch url.target {
        case .tcp(let host, let port):
            self = .tcp(host: host, port: port, ipv6Only: false)
        case .udp(let host, let port):
            self = .udp(host: host, port: port, ipv6: host.contains(":"), ipv6Only: false, reuseAddress: false)
        case .unix(let path):
            self = .unix(path: path, readableAll: false, writableAll: false)
        }
    }
}
