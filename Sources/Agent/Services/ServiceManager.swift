// SPDX-License-Identifier: Apache-2.0

import Glibc
import Shared

/// The program that runs the agent as a service, such as systemd: our end of sd_notify(3).
///
/// The descriptor is kept, so that a sign of life does not need a free one.
final class ServiceManager: Sendable {
    private let descriptor: Int32
    /// As the variable has it: a path, or a name after `@` that no file has (unix(7)).
    private let address: String
    /// How long the manager waits for a sign of life; nil if it does not wait for any.
    let watchdog: Duration?

    /// Nil if nobody is to be told.
    /// - Parameter process: whom the watchdog must be meant for (sd_watchdog_enabled(3)).
    init?(environment: [String: String], process: Int32 = getpid()) {
        guard let address = environment["NOTIFY_SOCKET"], address.hasPrefix("/") || address.hasPrefix("@"),
            address.utf8.count > 1, address.utf8.count <= SocketPath.longest
        else { return nil }
        let descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue), 0)
        guard descriptor >= 0 else { return nil }
        self.descriptor = descriptor
        self.address = address
        let isMeant = environment["WATCHDOG_PID"].map { $0 == "\(process)" } ?? true
        let time = environment["WATCHDOG_USEC"].flatMap(Int64.init).flatMap { $0 > 0 ? $0 : nil }
        watchdog = isMeant ? time.map { .microseconds($0) } : nil
    }

    deinit { close(descriptor) }

    /// Sends lines of `NAME=value`, all at once. Never waits.
    /// - Returns: false if the manager does not take them now.
    @discardableResult
    func send(_ lines: [String]) -> Bool {
        var name = sockaddr_un()
        name.sun_family = sa_family_t(AF_UNIX)
        let path = address.hasPrefix("@") ? [0] + address.utf8.dropFirst() : Array(address.utf8)
        withUnsafeMutableBytes(of: &name.sun_path) { $0.copyBytes(from: path) }
        // A stored property of a C structure has an offset.
        let start = MemoryLayout<sockaddr_un>.offset(of: \.sun_path)!
        // An abstract name has no final zero.
        let end = start + path.count + (path[0] == 0 ? 0 : 1)
        let text = Array(lines.joined(separator: "\n").utf8)
        return withUnsafePointer(to: &name) { name in
            name.withMemoryRebound(to: sockaddr.self, capacity: 1) { name in
                sendto(descriptor, text, text.count, 0, name, socklen_t(end)) == text.count
            }
        }
    }
}
