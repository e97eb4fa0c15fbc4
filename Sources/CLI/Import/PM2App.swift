// SPDX-License-Identifier: Apache-2.0

internal import Shared

/// One app of a PM2 ecosystem file as an agent's configuration, and what became of each key.
struct PM2App {
    /// What became of a key.
    enum Fate: Hashable {
        /// It stands in the configuration, under this key.
        case becomes(String)
        case notNeeded(String)
        /// What to use in its place.
        case notAvailable(String)

        /// For people.
        var words: String {
            switch self {
            case .becomes(let key): key
            case .notNeeded(let reason): "not needed: \(reason)"
            case .notAvailable(let advice): "not available: \(advice)"
            }
        }
    }

    /// Where the configurations are to be used.
    struct Surroundings {
        /// The file's folder, absolute. Relative paths begin there: PM2 is usually called there.
        var folder: String
        /// What `~` means. Nil if nothing does.
        var home: String?
        /// How many bytes the name of an agent may have that the user runs.
        var longestName = longestSystemName
    }

    /// How many bytes the name of a system's agent may have.
    static let longestSystemName = AgentName.longest(in: AgentName.systemData)

    /// As the configuration's file is called.
    let name: String
    /// Values by the configuration's keys.
    var values: [String: JSONValue] = [:]
    /// In the order of the keys' names.
    private(set) var fates: [(key: String, fate: Fate)] = []
    let surroundings: Surroundings
    /// By PM2's own names.
    let keys: [String: JSONValue]

    /// - Parameters:
    ///   - given: the app's keys, as the file has them.
    ///   - number: for a name, if neither the app nor its script has one.
    init(_ given: [String: JSONValue], in surroundings: Surroundings, number: Int) {
        self.surroundings = surroundings
        let given = given.filter { $0.value != .null }
        // A key's own name counts more than another one for it.
        keys = given.sorted { $0.key < $1.key }.reduce(into: [:]) { keys, item in
            let key = PM2Key.canonical(item.key)
            if keys[key] == nil || key == item.key { keys[key] = item.value }
        }
        name = Self.name(keys) ?? "app-\(number)"
        values["name"] = .string(name)
        values["cwd"] = .string(surroundings.folder)
        // Whatever runs as one process must not become several.
        values["workers"] = 1
        for (key, value) in given.sorted(by: { $0.key < $1.key }) {
            let own = PM2Key.canonical(key)
            let isHidden = key != own && given[own] != nil
            fates.append((key, isHidden ? .notNeeded("\(own) says it too") : take(own, value)))
        }
    }

    /// The apps of a file.
    /// - Throws: `EcosystemProblem` if one of them cannot have a configuration.
    static func all(
        in list: [[String: JSONValue]], _ surroundings: Surroundings
    ) throws(EcosystemProblem) -> [PM2App] {
        var apps: [PM2App] = []
        var numbers: [String: Int] = [:]
        for (index, keys) in list.enumerated() {
            let app = PM2App(keys, in: surroundings, number: index + 1)
            if let problem = app.problem {
                throw EcosystemProblem(words: "app \(index + 1)\(app.givenName): \(problem)")
            }
            if let other = numbers.updateValue(index, forKey: app.name) {
                let names = "app \(other + 1)\(apps[other].givenName) and app \(index + 1)\(app.givenName)"
                throw EcosystemProblem(words: "\(names) have the same name, \(app.name)")
            }
            apps.append(app)
        }
        return apps
    }

    /// As the file has it.
    private var givenName: String { PM2Value.text(keys["name"]).map { " ('\($0)')" } ?? "" }

    /// Why it cannot have a configuration. Nil if it can.
    private var problem: String? {
        if values["exec"] == nil { return "it has no script" }
        if name.isEmpty { return "its name has no letter or digit that an agent's name could have" }
        if name == AgentName.unnamed { return "\(name) is what cluster-cli calls an agent without a name" }
        guard name.utf8.count > Self.longestSystemName else { return nil }
        return "its name has \(name.utf8.count) bytes; an agent's name may have \(Self.longestSystemName)"
    }

    /// As an agent may be called: `my app` is `my-app`. PM2 calls an app without a name after its script. Nil if it has
    /// neither.
    private static func name(_ keys: [String: JSONValue]) -> String? {
        let file = PM2Value.text(keys["script"])?.split(separator: "/").last.map(String.init)
        let stem = file.map { file in
            file.lastIndex(of: ".").flatMap { $0 == file.startIndex ? nil : String(file[..<$0]) } ?? file
        }
        guard let given = PM2Value.text(keys["name"]).flatMap({ $0.isEmpty ? nil : $0 }) ?? stem else { return nil }
        let plain = String(given.map { GivenName.isValid("_\($0)") ? $0 : "-" })
        return String(plain.drop { "-.".contains($0) })
    }
}
