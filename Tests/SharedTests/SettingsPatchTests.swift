// SPDX-License-Identifier: Apache-2.0

import Foundation
import Shared
import Testing

@Suite struct SettingsPatchTests {
    private func merged(_ patch: String) throws -> ClusterSettings {
        var settings = ClusterSettings()
        settings.exec = "app.js"
        settings.args = ["--port", "80"]
        settings.cwd = "/srv"
        return settings.merging(try JSONDecoder().decode(SettingsPatch.self, from: Data(patch.utf8)))
    }

    @Test func `a setting that is not named keeps its value, and the revision counts`() throws {
        let settings = try merged(#"{"silent": true}"#)
        #expect(settings.silent && settings.exec == "app.js" && settings.args == ["--port", "80"])
        #expect(settings.revision == 2 && settings.etag == "\"2\"")
    }

    @Test func `null takes a setting back to its default`() throws {
        let settings = try merged(#"{"cwd": null, "args": null}"#)
        #expect(settings.cwd == nil && settings.args.isEmpty)
    }

    @Test func `settings that an older agent has written are read`() throws {
        var settings = ClusterSettings()
        settings.listen = [try ListenURL(parsing: "tcp://0.0.0.0:80")]
        settings.disconnectSignal = .interrupt
        settings.channel = true
        let json = try JSONEncoder().encode(settings)
        #expect(try JSONDecoder().decode(ClusterSettings.self, from: json) == settings)
        var fields = try #require(try JSONSerialization.jsonObject(with: json) as? [String: Any])
        for name in ["listen", "ready", "channel", "disconnectSignal"] { fields[name] = nil }
        let old = try JSONSerialization.data(withJSONObject: fields)
        #expect(try JSONDecoder().decode(ClusterSettings.self, from: old) == ClusterSettings())
    }
}
