// SPDX-License-Identifier: Apache-2.0

import Contract
import HTTPTypes
import Testing

@testable import Agent

@Suite struct EndpointTests {
    @Test(arguments: Endpoint.allCases)
    func `an endpoint is found by its own path`(endpoint: Endpoint) {
        #expect(Endpoint.matching(endpoint.path.replacing("{id}", with: "7")) == endpoint)
    }

    @Test func `anything but a verb counts as an id`() {
        #expect(Endpoint.matching("/v1/workers/abc") == .getWorker)
        #expect(Endpoint.matching("/v1/workers/7:explode") == nil)
        #expect(Endpoint.matching("/v1/workers/7:x:kill") == nil)
    }

    @Test(arguments: ["", "/", "/v1", "/v2/workers", "/v1/workers/7/8", "/v1/cluster:", "/V1/version"])
    func `other paths have no endpoint`(path: String) {
        #expect(Endpoint.matching(path) == nil)
    }

    @Test func `only the health checks are open`() {
        #expect(Endpoint.allCases.filter { $0.role == nil } == [.health, .ready])
    }

    @Test func `verbs are commands, and everything else only reads`() {
        let watches: [Endpoint] = [.watchEvents, .watchLogs, .watchFleetEvents]
        for endpoint in Endpoint.allCases where !watches.contains(endpoint) {
            #expect((endpoint.method == .post) == endpoint.path.contains(":"))
        }
    }
}
