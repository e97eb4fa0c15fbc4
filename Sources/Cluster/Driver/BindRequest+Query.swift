// SPDX-License-Identifier: Apache-2.0

import Glibc
import LinuxIO
import Shared

extension BindRequest {
    /// - Parameter inherited: what may be named by its number; nil: whatever is open.
    /// - Throws: EBADF for another number, EINVAL if the port is out of range.
    init(_ query: ServerQuery, _ use: SocketUse, inherited: Set<Int32>? = nil) throws(IOError) {
        let key = query.key
        if let fd = key.fd, fd >= 0 {
            guard let number = Int32(exactly: fd), inherited?.contains(number) ?? true, OwnedFD.isOpen(number) else {
                throw IOError("fcntl", code: EBADF)
            }
            self = .inherited(number, datagrams: key.addressType.isDatagram)
            return
        }
        let ipv6Only = query.flags & ServerQuery.ipv6Only != 0
        switch key.addressType {
        case .tcp4, .tcp6:
            self = .tcp(
                host: key.address, port: try Self.port(key.port), ipv6Only: ipv6Only, reusePort: use == .slots)
        case .udp4, .udp6:
            self = .udp(
                host: key.address, port: try Self.port(key.port), ipv6: key.addressType == .udp6, ipv6Only: ipv6Only,
                reuseAddress: query.flags & ServerQuery.reuseAddress != 0)
        case .pipe:
            self = .unix(
                path: Self.shortest(key.address ?? ""), readableAll: query.readableAll,
                writableAll: query.writableAll)
        }
    }

    private static func port(_ port: Int) throws(IOError) -> UInt16 {
        guard let port = UInt16(exactly: max(0, port)) else { throw IOError("bind", code: EINVAL) }
        return port
    }

    /// Relative to the working directory if that is shorter, because a socket's path has at most 107
    /// bytes (Node `lib/internal/cluster/primary.js`, `queryServer`).
    private static func shortest(_ path: String) -> String {
        guard path.hasPrefix("/"), let directory = getcwd(nil, 0) else { return path }
        defer { free(directory) }
        let base = String(cString: directory).split(separator: "/")
        let parts = path.split(separator: "/")
        let common = zip(base, parts).prefix { $0 == $1 }.count
        let relative =
            Array(repeating: "..", count: base.count - common) + parts[common...].map(String.init)
        let joined = relative.joined(separator: "/")
        return joined.utf8.count < path.utf8.count ? joined : path
    }
}

extension BoundName {
    init(_ name: SocketName) {
        self.init(family: name.family.rawValue, address: name.address, port: Int(name.port))
    }
}

extension ProcessOutcome {
    init(_ exit: ProcessExit, _ remains: OutputTaps.Remains) {
        let (code, signal): (Int32?, Int32?) =
            switch exit.outcome {
            case .code(let code): (code, nil)
            case .signal(let signal): (nil, signal)
            case .unseen: (nil, nil)
            }
        self.init(
            code: code, signal: signal, maxRssBytes: exit.maxRssBytes, userMs: exit.userMs, systemMs: exit.systemMs,
            stderr: remains.stderr, logSeq: remains.logSeq, survivors: exit.survivors)
    }
}
