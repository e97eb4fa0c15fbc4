// SPDX-License-Identifier: Apache-2.0

/// The rules of supervision as rows, under the names of the options that change them.
enum SupervisionTable {
    static let columns: [Table.Column] = [.init(title: "RULE"), .init(title: "VALUE", isFlexible: true)]

    /// In the agent's order, including rules that this program does not know.
    static func rows(_ policy: RawJSON) -> [Table.Row]? {
        policy.members?.map { member in
            guard let option = Supervise.names[member.name] else {
                return [Cell(member.name), Cell(SettingsTable.text(member.value))]
            }
            return [Cell(option), Cell(value(member.value, of: member.name))]
        }
    }

    private static func value(_ value: RawJSON, of name: String) -> String {
        guard let number = value.integer else {
            return SettingsTable.text(value) == "-" ? "none" : SettingsTable.text(value)
        }
        if name.hasSuffix("Bytes") { return SizeArgument.text(number) }
        guard name.hasSuffix("Ms") else {
            return number == 0 && name == "intensity" ? "0 (never gives up)" : "\(number)"
        }
        return number == 0 && name != "minReadyMs" ? "0 (no limit)" : Duration.milliseconds(number).text
    }
}
