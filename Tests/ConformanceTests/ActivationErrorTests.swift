// SPDX-License-Identifier: Apache-2.0

import Cluster
import Foundation
import Glibc
import Shared
import TestSupport
import Testing

/// Sockets that cannot be made.
@Suite("Sockets that workers cannot be given", .serialized, .timeLimit(.minutes(1)))
struct ActivationErrorTests {
    /// What a fork with these sockets is refused with; `%` stands for a directory of the test's own.
    private func refusal(
        _ urls: String..., in directory: URL, _ meanwhile: (PrimaryFixture) async throws -> Void = { _ in }
    ) async throws -> ClusterError? {
        let listen = try urls.map { try ListenURL(parsing: $0.replacing("%", with: directory.path)) }
        var refusal: ClusterError?
        try await withPrimary(
            "activated.py",
            settings: {
                $0.execPath = "python3"; $0.listen = listen
            }
        ) { cluster in
            refusal = await #expect(throws: ClusterError.self) { try await cluster.fork() }
            #expect(refusal?.status == .failedPrecondition && refusal?.reason == .listenFailed)
            #expect(await cluster.primary.status.handles.isEmpty)
            #expect(await cluster.primary.lastEventNumber == 0)
            try await meanwhile(cluster)
        }
        return refusal
    }

    @Test("a port that is taken is an error, and the socket before it is not kept")
    func taken() async throws {
        try await withTemporaryDirectory { directory in
            try await withPrimary("listen.js", settings: { $0.args = [#"{"port": 0, "host": "127.0.0.1"}"#] }) {
                other in
                let (_, port) = try await other.forkListening()
                let file = directory.appending(path: "s").path
                let error = try await refusal("unix://%/s", "tcp://127.0.0.1:\(port)", in: directory) { _ in
                    #expect(!FileManager.default.fileExists(atPath: file))
                }
                #expect(error?.metadata["field"] == "listen[1]")
                #expect(error?.message.contains("tcp://127.0.0.1:\(port) is in use by another program") == true)
            }
        }
    }

    @Test("a file that is not a socket is an error, and so is a link")
    func otherFile() async throws {
        try await withTemporaryDirectory { directory in
            let file = directory.appending(path: "s")
            try Data("mine".utf8).write(to: file)
            let error = try await refusal("unix://%/s", in: directory)
            #expect(error?.metadata["field"] == "listen[0]")
            #expect(error?.message.contains("there is a file that is not a socket") == true)
            let kept = try Data(contentsOf: file)
            #expect(kept == Data("mine".utf8))

            try SocketFile.leaveBehind(directory.appending(path: "left").path)
            let link = directory.appending(path: "link").path
            try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: "left")
            let linked = try await refusal("unix://%/link", in: directory)
            #expect(linked?.message.contains("there is a file that is not a socket") == true)
            let target = try FileManager.default.destinationOfSymbolicLink(atPath: link)
            #expect(target == "left")
        }
    }

    @Test("the file of a datagram socket is an error")
    func datagramFile() async throws {
        try await withTemporaryDirectory { directory in
            let path = directory.appending(path: "s").path
            let socket = try SocketFile.bind(path, SOCK_DGRAM)
            defer { close(socket) }
            let error = try await refusal("unix://%/s", in: directory)
            #expect(error?.message.contains("in use by another program") == true)
            #expect(FileManager.default.fileExists(atPath: path))
        }
    }

    @Test("the file of a socket on which somebody listens is an error")
    func usedFile() async throws {
        try await withTemporaryDirectory { directory in
            let path = directory.appending(path: "s").path
            try await withPrimary("listen.js", settings: { $0.args = [#"{"path": "\#(path)"}"#] }) { other in
                _ = try await other.log.message(1, of: try await other.fork())
                let error = try await refusal("unix://%/s", in: directory)
                #expect(error?.message.contains("in use by another program") == true)
            }
        }
    }

    @Test("a missing directory is an error, and so is another machine's address")
    func nowhere() async throws {
        try await withTemporaryDirectory { directory in
            let missing = try await refusal("unix://%/no/such/directory/s", in: directory)
            #expect(missing?.message.contains("its directory is not there") == true)
            let foreign = try await refusal("tcp://192.0.2.1:0", in: directory)
            #expect(foreign?.message.contains("this machine has no such address") == true)
        }
    }

    @Test(
        "a URL that can never be bound is refused at setupPrimary",
        arguments: [
            ("tcp://localhost:80", "localhost is not an IP address"), ("tcp://[::zz]:80", "::zz is not an IP address"),
            ("udp://300.0.0.1:80", "300.0.0.1 is not an IP address"),
            ("unix:///" + String(repeating: "p", count: 107), "at most 107 bytes"),
        ])
    func never(_ url: String, _ problem: String) async throws {
        let good = try ListenURL(parsing: "tcp://127.0.0.1:0")
        let bad = try ListenURL(parsing: url)
        try await withPrimary("activated.py") { cluster in
            var patch = SettingsPatch()
            patch.listen = .set([good, bad])
            let given = patch
            let error = await #expect(throws: ClusterError.self) { try await cluster.primary.setupPrimary(given) }
            #expect(error?.status == .invalidArgument && error?.reason == .invalidField)
            #expect(error?.metadata["field"] == "listen[1]")
            #expect(error?.message.contains(problem) == true)
            #expect(await cluster.primary.settings.revision == 1)
        }
    }

    @Test("a program that cannot be started leaves no socket")
    func unstartable() async throws {
        try await withTemporaryDirectory { directory in
            // Neither a program nor a script that names its interpreter (execve(2), ENOEXEC).
            let program = directory.appending(path: "program").path
            try await ProgramFile.write("print('hello')\n", to: program)
            let url = try ListenURL(parsing: "unix://\(directory.path)/s")
            try await withPrimary(
                "activated.py",
                settings: {
                    $0.exec = program; $0.listen = [url]
                }
            ) { cluster in
                let error = await #expect(throws: ClusterError.self) { try await cluster.fork() }
                #expect(error?.reason == .spawnFailed)
                #expect(await cluster.primary.status.handles.isEmpty)
                #expect(!FileManager.default.fileExists(atPath: directory.appending(path: "s").path))
            }
        }
    }
}
