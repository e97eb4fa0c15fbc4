// SPDX-License-Identifier: Apache-2.0

import Glibc
import LinuxIO
import Shared

/// A socket that the settings name and that workers cannot get.
struct ListenProblem {
    let url: ListenURL
    let error: IOError

    /// Finds URLs that can never be bound. Binds nothing.
    ///
    /// - Throws: `INVALID_FIELD`
    static func check(_ urls: [ListenURL]) throws(ClusterError) {
        for (place, url) in urls.enumerated() {
            do throws(IOError) {
                try BindRequest(url).check()
            } catch {
                let problem = ListenProblem(url: url, error: error)
                throw ClusterError(
                    .invalidArgument, .invalidField, "field listen[\(place)]: \(problem.text)",
                    metadata: ["field": "listen[\(place)]"], cause: error)
            }
        }
    }

    /// - Parameter place: of the URL in the settings.
    func refusal(at place: Int) -> ClusterError {
        ClusterError(
            .failedPrecondition, .listenFailed, "cannot listen (listen[\(place)]): \(text)",
            metadata: ["field": "listen[\(place)]", "url": "\(url)", "error": "\(error.errno)"], cause: error)
    }

    private var text: String {
        switch (error.code, url.target) {
        case (EADDRINUSE, .unix(let path)):
            switch UnixSocketFile.owner(of: path) {
            case .program, .forbidden: inUse
            case .nobody: "\(url): nobody listens there, but the agent may not remove the file; remove it"
            case .unknown: "\(url): there is a file that is not a socket; remove it, or name another path"
            }
        case (EADDRINUSE, _): inUse
        case (EACCES, .unix):
            "\(url): its directory is not there, or the agent may not write to it"
        case (EACCES, _):
            "\(url): ports below 1024 need root or CAP_NET_BIND_SERVICE"
        case (EADDRNOTAVAIL, _), (EAFNOSUPPORT, _):
            "\(url): this machine has no such address"
        case (ENAMETOOLONG, _):
            "\(url): the path of a unix socket may have at most 107 bytes"
        case (EINVAL, .tcp(let host, _)) where host.contains("%"), (EINVAL, .udp(let host, _)) where host.contains("%"),
            (ENODEV, .tcp(let host, _)), (ENODEV, .udp(let host, _)):
            "\(url): \(host) is not an address of this machine's network interfaces (ip -6 address lists them)"
        case (EINVAL, .tcp(let host, _)), (EINVAL, .udp(let host, _)):
            "\(url): \(host) is not an IP address, and names are not looked up"
        default:
            "\(url): \(error)"
        }
    }

    private var inUse: String { "\(url) is in use by another program; stop that, or name another address" }
}
