// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

@testable import Agent

/// The dashboard and the alert rules in `docs/monitoring` read what the agent writes.
@Suite struct MonitoringTests {
    private static let folder = URL(filePath: #filePath).deletingLastPathComponent()
        .appending(path: "../../docs/monitoring")

    @Test(arguments: ["grafana.json", "alerts.yaml"])
    func `all metrics that are read exist`(file: String) throws {
        let text = try String(contentsOf: Self.folder.appending(path: file), encoding: .utf8)
        let known = Set(AgentMetric.allCases.map(\.rawValue))
        let read = Set(text.matches(of: #/(?:cluster|process)_[a-z_]+/#).map { String($0.0) })
        #expect(read.count > 5)
        for name in read {
            let family = name.replacing(#/_(bucket|count|sum)$/#, with: "")
            #expect(known.contains(name) || known.contains(family), "\(name)")
        }
    }

    @Test func `the dashboard is JSON in which each panel asks something`() throws {
        let data = try Data(contentsOf: Self.folder.appending(path: "grafana.json"))
        let dashboard = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
        let panels = try #require(dashboard["panels"] as? [[String: Any]])
        #expect(Set(panels.compactMap { $0["id"] as? Int }).count == panels.count)
        for panel in panels {
            #expect((panel["targets"] as? [[String: Any]])?.contains { $0["expr"] is String } == true, "\(panel)")
        }
    }
}
