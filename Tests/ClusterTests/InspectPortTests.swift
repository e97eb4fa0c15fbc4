// SPDX-License-Identifier: Apache-2.0

import Shared
import Testing

@testable import Cluster

/// Node `lib/internal/cluster/primary.js`, `createWorkerProcess`.
struct InspectPortTests {
    @Test(
        arguments: [
            ([], nil, nil), ([], "--no-warnings", nil), (["--inspect"], nil, 9229), ([], "--inspect", 9229),
            ([], "--no-warnings --inspect=19329", 19329), ([], "--inspect-brk=127.0.0.1:19329", 19329),
            (["--inspect=1234"], "--inspect=4321", 1234), (["--inspect-wait=[::1]:5000"], nil, 5000),
            ([], "--debug-port=6000", 6000),
        ] as [([String], String?, Int?)])
    func `execArgv and NODE_OPTIONS both ask for an inspector, and execArgv counts more`(
        execArgv: [String], nodeOptions: String?, port: Int?
    ) {
        var settings = ClusterSettings()
        settings.execArgv = execArgv
        #expect(InspectPort.base(settings, nodeOptions: nodeOptions) == port)
    }

    @Test func `inspectPort counts most, if there is an inspector at all`() {
        var settings = ClusterSettings()
        settings.inspectPort = 7000
        #expect(InspectPort.base(settings, nodeOptions: nil) == nil)
        #expect(InspectPort.base(settings, nodeOptions: "--inspect=9000") == 7000)
    }

    /// Node refuses ports from 1 to 1023.
    @Test(arguments: [
        ("--inspect=0", [0, 0]), ("--inspect=127.0.0.1:0", [0, 0]), ("--inspect=65534", [65535, 1024]),
    ])
    func `each worker gets a port of its own, and any free one if that is asked for`(option: String, ports: [Int])
        throws
    {
        let base = try #require(InspectPort.base(ClusterSettings(), nodeOptions: option))
        #expect((1...2).map { InspectPort.port(base, offset: $0) } == ports)
    }
}
