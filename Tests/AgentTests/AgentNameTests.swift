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

    @Test(arguments: ["../x", "a/b", "-a", ".a", "a b", "$(id)", String(repeating: "a", count: 254)])
    func `a name that could be something else is refused`(name: String) throws {
        let error = #expect(throws: StartupError.self) { try Self.configuration([.name: [name]]) }
        #expect(error?.code == .usage && error?.description.contains("--name: it must be made of letters") == true)
    }
}
