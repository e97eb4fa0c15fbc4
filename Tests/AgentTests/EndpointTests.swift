// SPDX-License-Identifier: Apache-2.0

import Contract
import HTTPTypes
import Testing

@testable import Agent

@Suite struct EndpointTests {
    @Test(arguments: Endpoint.allCases)
    func isFoundByItsOwnPath(endpoint: Endpoint) {
        #expect(Endpoint.matching(endpoint.path.replacing("{id}", with: "7")) == endpoint)
    }

    @Test func takesAnythingForAnIdButAVerb() {
        #expect(Endpoint.matching("/v1/workers/abc") == .getWorker)
        #expect(Endpoint.matching("/v1/workers/7:explode") == nil)
        #expect(Endpoint.matching("/v1/workers/7:x:kill") == nil)
    }

    @Test(arguments: ["", "/", "/v1", "/v2/workers", "/v1/workers/7/8", "/v1/cluster:", "/V1/version"])
    func knowsNoOther(path: String) {
        #expect(Endpoint.matching(path) == nil)
    }

    @Test func onlyTheVerdictsAreOpen() {
        #expect(Endpoint.allCases.filter { $0.role == nil } == [.health, .ready])
    }

    @Test func verbsAreCommandsAndTheRestIsRead() {
        for endpoint in Endpoint.allCases where endpoint != .watchEvents {
            #expect((endpoint.method == .post) == endpoint.path.contains(":"))
        }
    }
}
