// SPDX-License-Identifier: Apache-2.0

import Shared

extension HandleKey {
    /// The keys of the sockets that workers are started with, in their order. The same URL again is another socket.
    static func keys(of urls: [ListenURL]) -> [HandleKey] {
        urls.indices.map { place in
            HandleKey(urls[place], index: urls[..<place].count { $0.target == urls[place].target })
        }
    }

    private init(_ url: ListenURL, index: Int) {
        switch url.target {
        case .tcp(let host, let port):
            self.init(
                address: host, port: Int(port), addressType: host.contains(":") ? .tcp6 : .tcp4, fd: nil,
                index: index, isInherited: true)
        case .udp(let host, let port):
            self.init(
                address: host, port: Int(port), addressType: host.contains(":") ? .udp6 : .udp4, fd: nil,
                index: index, isInherited: true)
        case .unix(let path):
            self.init(address: path, port: -1, addressType: .pipe, fd: nil, index: index, isInherited: true)
        }
    }
}
