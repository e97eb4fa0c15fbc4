// SPDX-License-Identifier: Apache-2.0

import Contract
import Foundation
import Shared
import Testing
import Yams

@testable import Agent

/// The contract's examples are what the programs read and write.
@Suite struct OpenAPIExampleTests {
    /// What each schema is in Swift.
    private static var types: [String: any Decodable.Type] {
        [
            "Version": VersionReply.self, "Worker": WorkerInfo.self, "WorkerFigures": WorkerFigures.self,
            "Settings": ClusterSettings.self,
            "SettingsPatch": Closed<SettingsPatch>.self, "DisconnectRequest": Closed<DisconnectRequest>.self,
            "DisconnectAllRequest": Closed<DisconnectAllRequest>.self,
            "KillRequest": Closed<KillRequest>.self, "ForkRequest": Closed<ForkRequest>.self,
            "SendRequest": SendRequest.self, "SendReply": SendReply.self, "Event": Event.self,
            "ScaleRequest": Closed<ScaleRequest>.self, "ReloadRequest": Closed<ReloadRequest>.self,
            "RestartRequest": Closed<RestartRequest>.self, "WaitRequest": Closed<WaitRequest>.self,
            "CancelRequest": Closed<CancelRequest>.self, "SupervisionPatch": Closed<SupervisionPatch>.self,
            "Supervision": SupervisionReply.self, "Instance": InstanceInfo.self, "Operation": OperationInfo.self,
            "Health": HealthReply.self, "LogLine": LogLine.self, "Error": ErrorReply.self,
            "Caller": CallerReply.self, "Watchers": WatchersReply.self, "Exits": ExitsReply.self,
            "Samples": SamplesReply.self,
            "Fleet": FleetReply.self, "FleetAgent": FleetAgent.self, "FleetEvent": FleetEvent.self,
            "ForgetRequest": Closed<ForgetRequest>.self,
        ]
    }

    private static func document() throws -> [String: Any] {
        let text = String(decoding: PackageResources.openapi_yaml, as: UTF8.self)
        return try #require(try Yams.load(yaml: text) as? [String: Any])
    }

    private static func check(_ example: Any, of schema: String) throws {
        let type = try #require(types[schema], "no type for \(schema)")
        let json = try JSONSerialization.data(withJSONObject: example)
        #expect(throws: Never.self, "\(schema): \(String(decoding: json, as: UTF8.self))") {
            _ = try JSONDecoder().decode(type, from: json)
        }
    }

    @Test func `the examples of schemas can be read`() throws {
        let components = try #require(try Self.document()["components"] as? [String: Any])
        let schemas = try #require(components["schemas"] as? [String: [String: Any]])
        var count = 0
        for (name, schema) in schemas where Self.types[name] != nil {
            for example in schema["examples"] as? [Any] ?? [] {
                try Self.check(example, of: name)
                count += 1
            }
        }
        #expect(count >= 9)
    }

    /// Those beside a body's schema.
    @Test func `the examples of bodies can be read`() throws {
        var count = 0
        func walk(_ node: Any) throws {
            if let list = node as? [Any] { for item in list { try walk(item) } }
            guard let fields = node as? [String: Any] else { return }
            if let example = fields["example"], let schema = fields["schema"] as? [String: Any],
                let reference = schema["$ref"] as? String
            {
                try Self.check(example, of: String(reference.split(separator: "/").last ?? ""))
                count += 1
            }
            for value in fields.values { try walk(value) }
        }
        try walk(try Self.document())
        #expect(count >= 5)
    }

    /// A field that the agent takes or gives is one that the contract names, and the other way round.
    @Test func `requests have the contract's fields`() throws {
        let components = try #require(try Self.document()["components"] as? [String: Any])
        let schemas = try #require(components["schemas"] as? [String: [String: Any]])
        let requests: [(String, [String])] = [
            ("ForkRequest", ForkRequest.CodingKeys.allCases.map(\.stringValue)),
            ("KillRequest", KillRequest.CodingKeys.allCases.map(\.stringValue)),
            ("DisconnectAllRequest", DisconnectAllRequest.CodingKeys.allCases.map(\.stringValue)),
            ("DisconnectRequest", DisconnectRequest.CodingKeys.allCases.map(\.stringValue)),
            ("SendRequest", SendRequest.CodingKeys.allCases.map(\.stringValue)),
            ("SettingsPatch", SettingsPatch.CodingKeys.allCases.map(\.stringValue)),
            ("ScaleRequest", ScaleRequest.CodingKeys.allCases.map(\.stringValue)),
            ("ReloadRequest", ReloadRequest.CodingKeys.allCases.map(\.stringValue)),
            ("RestartRequest", RestartRequest.CodingKeys.allCases.map(\.stringValue)),
            ("WaitRequest", WaitRequest.CodingKeys.allCases.map(\.stringValue)),
            ("CancelRequest", CancelRequest.CodingKeys.allCases.map(\.stringValue)),
            ("SupervisionPatch", SupervisionPatch.CodingKeys.allCases.map(\.stringValue)),
        ]
        for (name, keys) in requests {
            let properties = try #require(schemas[name]?["properties"] as? [String: Any])
            #expect(Set(properties.keys) == Set(keys), "\(name)")
        }
    }

    @Test func `workers have the contract's fields`() throws {
        let components = try #require(try Self.document()["components"] as? [String: Any])
        let schemas = try #require(components["schemas"] as? [String: [String: Any]])
        let worker = WorkerInfo(
            id: .first, pid: 1, exec: "/x", args: [], settingsRevision: 1, forkedAt: Timestamp(milliseconds: 0))
        for (name, value) in [("Worker", worker), ("Settings", ClusterSettings())] as [(String, any Encodable)] {
            let json = try JSONSerialization.jsonObject(with: JSONEncoder().encode(value)) as? [String: Any]
            let required = try #require(schemas[name]?["required"] as? [String])
            #expect(Set(json?.keys.map { $0 } ?? []) == Set(required), "\(name)")
        }
    }
}
