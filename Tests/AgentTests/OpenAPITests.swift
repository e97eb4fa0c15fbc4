// SPDX-License-Identifier: Apache-2.0

import Contract
import HTTPTypes
import Shared
import Testing
import Yams

@testable import Agent

/// The contract and the agent know the same calls.
@Suite struct OpenAPITests {
    private struct Operation: Hashable {
        var path: String
        var method: String
        var id: String
        var role: String?
        var scope: String?
    }

    /// Reads only what the file's own layout promises: paths at two spaces, methods at four, the operationId below, then the role.
    private static func operations(in document: String) -> Set<Operation> {
        var operations: [Operation] = []
        var path = ""
        var method = ""
        for line in document.split(separator: "\n") {
            let text = line.drop { $0 == " " }
            switch line.count - text.count {
            case 2 where text.hasPrefix("/") && text.hasSuffix(":"): path = String(text.dropLast())
            case 4 where !path.isEmpty: method = String(text.dropLast())
            case 6 where text.hasPrefix("operationId: "):
                operations.append(
                    Operation(path: path, method: method, id: String(text.dropFirst("operationId: ".count))))
            case 6 where text.hasPrefix("x-required-role: "):
                operations[operations.count - 1].role = String(text.dropFirst("x-required-role: ".count))
            case 6 where text.hasPrefix("x-required-scope: "):
                operations[operations.count - 1].scope = String(text.dropFirst("x-required-scope: ".count))
            default: break
            }
        }
        return Set(operations)
    }

    @Test func `paths, methods, names, roles and scopes are those of the router`() async throws {
        try await AgentFixture.with { agent in
            let reply = try await agent.get("/openapi.yaml")
            #expect(reply.headers[.contentType] == "application/yaml")
            let served = Endpoint.allCases.map {
                Operation(
                    path: $0.path, method: $0.method.rawValue.lowercased(), id: $0.rawValue, role: $0.role?.rawValue,
                    scope: $0.scope?.rawValue)
            }
            #expect(Self.operations(in: reply.body) == Set(served))
        }
    }

    @Test func `query parameters are those of the calls`() throws {
        let text = String(decoding: PackageResources.openapi_yaml, as: UTF8.self)
        let document = try #require(try Yams.load(yaml: text) as? [String: Any])
        let shared = try #require((document["components"] as? [String: Any])?["parameters"] as? [String: Any])
        let paths = try #require(document["paths"] as? [String: [String: Any]])
        for endpoint in Endpoint.allCases {
            let operation = paths[endpoint.path]?[endpoint.method.rawValue.lowercased()] as? [String: Any]
            let parameters = try #require(operation?["parameters"] as? [[String: Any]], "\(endpoint)").map {
                parameter in
                guard let reference = parameter["$ref"] as? String else { return parameter }
                let name = String(reference.split(separator: "/").last ?? "")
                return try #require(shared[name] as? [String: Any], "\(reference)")
            }
            let query = parameters.filter { $0["in"] as? String == "query" }.compactMap { $0["name"] as? String }
            #expect(query == endpoint.queryParameters, "\(endpoint)")
        }
    }

    @Test func `no query parameter may be empty`() async throws {
        try await AgentFixture.with { agent in
            for endpoint in Endpoint.allCases {
                for name in endpoint.queryParameters {
                    let reply = try await agent.get("\(endpoint.path)?\(name)=")
                    #expect(reply.status == 400 && reply.reason == .invalidParameter, "\(endpoint) \(name)")
                }
            }
        }
    }

    @Test(arguments: Endpoint.allCases.filter { $0.path.contains("/fleet") })
    func `an agent without a fleet says so`(endpoint: Endpoint) async throws {
        try await AgentFixture.with { agent in
            let path = endpoint.path.replacing("{id}", with: "web-1")
            let reply = try await agent.call(HTTPRequest.Method(endpoint.method), path, json: nil)
            #expect(reply.status == 400 && reply.reason == .fleetOff, "\(reply.body)")
        }
    }

    /// A watch has no end to wait for; it has tests of its own.
    @Test(
        arguments: Endpoint.allCases.filter {
            ![.watchEvents, .watchLogs].contains($0) && !$0.path.contains("/fleet")
        })
    func `each call is served`(endpoint: Endpoint) async throws {
        try await AgentFixture.with { agent in
            let operation = try await agent.scale(to: 1)
            let id = endpoint.path.contains("/operations/") ? "\(operation)" : "1"
            let path = endpoint.path.replacing("{id}", with: id)
            let json =
                switch endpoint {
                case .sendMessage: #"{"message":1}"#
                case .scale: #"{"workers":2}"#
                default: nil as String?
                }
            let reply = try await agent.call(HTTPRequest.Method(endpoint.method), path, json: json)
            #expect((200...201).contains(reply.status), "\(reply.body)")
        }
    }
}
