// SPDX-License-Identifier: Apache-2.0

import Cluster
import Foundation
import NIOCore

/// The socket of a server channel in a worker, because a channel must bind something: a unix socket to which nobody
/// connects. It is a file and not an abstract name, to which everybody on the machine could connect.
struct PlaceholderSocket: Sendable {
    let path: String

    /// Where a program may make a file, even if its root is read-only.
    private static var directories: [String] {
        let environment = ProcessInfo.processInfo.environment
        let ours = ["TMPDIR", "XDG_RUNTIME_DIR"].compactMap { environment[$0] }.filter { !$0.isEmpty }
        return ours + ["/tmp", "/dev/shm", "/var/tmp", "/run"]
    }

    /// - Throws: `LISTEN_FAILED` if no socket can be bound in any of the directories.
    init(in directories: [String] = PlaceholderSocket.directories) throws(ClusterError) {
        // Short, because a socket's path has at most 107 bytes (unix(7)), and NIO takes 103.
        let name = "cluster-\(getpid())-\(UInt32.random(in: 0 ... .max)).sock"
        var problems: [String] = []
        for directory in directories {
            let path = "\(directory)/\(name)"
            guard let problem = Self.problem(with: path) else {
                self.path = path
                return
            }
            problems.append("\(directory): \(problem)")
        }
        let why = problems.joined(separator: "; ")
        throw ClusterError(
            .unavailable, .listenFailed,
            "there is no place for the server's socket (\(why)); set TMPDIR to a directory in which this worker may make "
                + "one, with a path of at most \(102 - name.utf8.count) bytes",
            metadata: ["variable": "TMPDIR", "problems": why])
    }

    /// Once it is bound its name is of no use to anybody.
    func removeName() {
        unlink(path)
    }

    /// Why no socket can be bound there; nil if one can. The kernel says most exactly.
    private static func problem(with path: String) -> String? {
        guard let address = try? SocketAddress(unixDomainSocketPath: path) else { return "its path is too long" }
        let number = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        guard number >= 0 else { return String(cString: strerror(errno)) }
        defer { close(number) }
        let result = address.withSockAddr { bind(number, $0, socklen_t($1)) }
        guard result == 0 else { return String(cString: strerror(errno)) }
        unlink(path)
        return nil
    }
}
