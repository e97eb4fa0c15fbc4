// SPDX-License-Identifier: Apache-2.0

/// Settings as rows, one per field, in the agent's order, including fields that this program does not know.
enum SettingsTable {
    static let columns: [Table.Column] = [.init(title: "SETTING"), .init(title: "VALUE", isFlexible: true)]

    static func rows(_ settings: RawJSON) -> [Table.Row]? {
        settings.members?.map { [Cell($0.name), Cell(text($0.value))] }
    }

    static func text(_ value: RawJSON) -> String {
        let text = value.string ?? String(decoding: value.oneLine, as: UTF8.self)
        return text == "null" ? "-" : text
    }
}

extension AgentClient {
    /// Settings as an answer.
    func settingsAnswer(_ json: RawJSON) throws -> HostAnswer {
        guard let rows = SettingsTable.rows(json) else {
            throw Failure.badReply("settings that are not an object", from: host)
        }
        return HostAnswer(json: json, rows: rows)
    }
}
