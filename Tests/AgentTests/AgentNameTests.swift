// SPDX-License-Identifier: Apache-2.0

import Shared
import Testing

@testable import Agent

/// `--name`: several agents on one machine.
struct AgentNameTests {
    private static func configuration(
        _ flags: [ConfigurationKey: [String]], _ environment: [String: String] = ["HOME": "/home/ann"]
    ) throws -> AgentConfiguration {
        let reader = try ConfigurationReader(flags: flags, environment: environment, file: nil)
        return try AgentConfiguration(reader, environment: environment, cores: 1)
    }

    @Test func `a name gives a place of its own and no port`() throws {
        let named = try Self.configuration([.name: ["web"]])
        #expect(named.dataDirectory == "/home/ann/.local/state/cluster-agent/apps/web" && named.listen.isEmpty)
        let nameless = try Self.configuration([:])
        #expect(nameless.dataDirectory == "/home/ann/.local/state/cluster-agent" && nameless.listen == [.standard])
    }

    @Test func `a default place holds the named ones too`() throws {
        let environment = ["CLUSTER_DATA_DIR": "/data", "CLUSTER_AGENT_NAME": "web"]
        #expect(try Self.configuration([:], environment).dataDirectory == "/data/apps/web")
    }

    @Test func `what somebody names counts more than the name`() throws {
        let named = try Self.configuration([.name: ["web"], .dataDirectory: ["/d"], .listen: ["127.0.0.1:1"]])
        #expect(named.dataDirectory == "/d" && named.listen.map(\.description) == ["127.0.0.1:1"])
    }

    @Test func `no agent is called local`() throws {
        let error = #expect(throws: StartupError.self) { try Self.configuration([.name: ["local"]]) }
        #expect(error?.code == .usage)
        #expect(error?.description == "--name: local is what cluster-cli calls an agent without a name")
    }

    /// The standard directory of a user, or of the unit.
    @Test func `a name that leaves no room for the socket is refused, with the bytes that are possible`() throws {
        #expect(throws: Never.self) { try Self.configuration([.name: [String(repeating: "n", count: 54)]]) }
        let long = String(repeating: "n", count: 55)
        let error = #expect(throws: StartupError.self) { try Self.configuration([.name: [long]]) }
        #expect(error?.code == .usage)
        #expect(error?.description.hasPrefix("--name: it may have 54 bytes, and has 55: the path of") == true)
        let unit = ["CLUSTER_AGENT_NAME": long, "CLUSTER_AGENT_DATA_DIR": "/var/lib/cluster-agent/\(long)"]
        #expect(throws: Never.self) { try Self.configuration([:], unit.merging(["HOME": "/"]) { $1 }) }
    }

    @Test(arguments: [
        (
            ["CLUSTER_AGENT_DATA_DIR": "/" + String(repeating: "d", count: 96)],
            "CLUSTER_AGENT_DATA_DIR: the data directory"
        ),
        (["CLUSTER_DATA_DIR": "/" + String(repeating: "d", count: 96)], "the data directory's path is too long"),
        (["HOME": "/" + String(repeating: "h", count: 100)], "the data directory's path is too long"),
        (
            ["HOME": "/" + String(repeating: "h", count: 100), "CLUSTER_AGENT_NAME": "x"],
            "CLUSTER_AGENT_NAME: it may have 0"
        ),
    ])
    func `a data directory that leaves no room for the socket is refused`(
        environment: [String: String], problem: String
    ) {
        let environment = ["HOME": "/home/ann"].merging(environment) { $1 }
        let error = #expect(throws: StartupError.self) {
            let reader = try ConfigurationReader(flags: [:], environment: environment, file: nil)
            // As the agent does it, which tells all mistakes at once.
            _ = try AgentConfiguration(telling: reader, environment: environment, cores: 1)
        }
        #expect(error?.description.contains(problem) == true, "\(error?.description ?? "")")
        #expect(error?.description.contains("107") == true)
    }

    @Test(arguments: ["../x", "a/b", "-a", ".a", "a b", "$(id)", String(repeating: "a", count: 254)])
    func `a name that could be something else is refused`(name: String) throws {
        let error = #expect(throws: StartupError.self) { try Self.configuration([.name: [name]]) }
        #expect(error?.code == .usage && error?.description.contains("--name: it must be made of letters") == true)
    }
}
