// SPDX-License-Identifier: Apache-2.0

import Cluster
import Foundation
import Glibc
import Shared
import TestSupport
import Testing

// Servers on descriptors that the primary was started with.
extension TCPHandleTests {
    @Test(
        "a descriptor that the primary may give away can be listened on, and keeps its flags",
        arguments: SchedulingPolicy.allCases)
    func descriptor(_ policy: SchedulingPolicy) async throws {
        let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        defer { close(listener) }
        let settings = { (settings: inout ClusterSettings) in
            settings.args = [#"{"fd": \#(listener)}"#]
            settings.schedulingPolicy = policy
        }
        let flags = fcntl(listener, F_GETFL)
        try await withPrimary(
            "listen.js", settings: settings, configuration: { $0.inheritedDescriptors.insert(listener) }
        ) { cluster in
            let id = try await cluster.fork()
            // Listening binds it to a free port (ip(7)).
            let port = try await cluster.port(1, of: id)
            #expect(try await SocketClient.exchange(.tcp(port: port)) == "\(id)")
            let worker = try await cluster.log.first(.listening, of: id).worker
            #expect(worker?.listening.first?.fd == Int(listener))
            // A worker that accepts itself makes it nonblocking.
            if policy != .none { #expect(fcntl(listener, F_GETFL) == flags) }
        }
    }

    @Test("none of the primary's own descriptors can be listened on", arguments: SchedulingPolicy.allCases)
    func ownDescriptors(_ policy: SchedulingPolicy) async throws {
        let numbers = 3..<64
        let settings = { (settings: inout ClusterSettings) in
            settings.args = numbers.map { #"{"fd": \#($0)}"# }
            settings.schedulingPolicy = policy
        }
        let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        defer { close(listener) }
        try await withPrimary("listen.js", settings: settings) { cluster in
            let id = try await cluster.fork()
            for message in numbers.indices {
                #expect(try await cluster.log.message(message - numbers.lowerBound + 1, of: id)["code"] == "EBADF")
            }
            #expect(await cluster.primary.status.handles.isEmpty)
        }
    }

    @Test("one end of a connection cannot be listened on, and keeps its flags", arguments: SchedulingPolicy.allCases)
    func connectedDescriptor(_ policy: SchedulingPolicy) async throws {
        var pair: [Int32] = [-1, -1]
        try #require(socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0, &pair) == 0)
        defer { for end in pair { close(end) } }
        let settings = { (settings: inout ClusterSettings) in
            settings.args = [#"{"fd": \#(pair[0])}"#]
            settings.schedulingPolicy = policy
        }
        let flags = fcntl(pair[0], F_GETFL)
        try await withPrimary(
            "listen.js", settings: settings, configuration: { $0.inheritedDescriptors.insert(pair[0]) }
        ) { cluster in
            let reply = try await cluster.firstMessageOfFork()
            #expect(reply["code"] == "EINVAL")
            #expect(fcntl(pair[0], F_GETFL) == flags)
        }
    }

    @Test("a descriptor that does not exist or is not a socket is an error in the worker", arguments: [9999, 0])
    func badDescriptor(_ number: Int) async throws {
        try await withPrimary("listen.js", settings: { $0.args = [#"{"fd": \#(number)}"#] }) { cluster in
            let id = try await cluster.fork()
            guard case .string = try await cluster.log.message(1, of: id)["code"] else {
                Issue.record("the worker listens on descriptor \(number)")
                return
            }
            #expect(await cluster.primary.status.handles.isEmpty)
        }
    }
}
