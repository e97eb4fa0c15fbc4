// SPDX-License-Identifier: Apache-2.0

import Configuration
import Shared

/// Reads values from the flags, the environment, the file and the environment's defaults. The first one that has a key
/// counts.
struct ConfigurationReader: Sendable {
    /// The file, and the line of each key in it.
    private let file: (path: String, lines: [ConfigurationKey: Int])?
    private let layers: [(origin: ConfigurationOrigin, reader: ConfigReader)]
    private let reader: ConfigReader
    /// Keys that count as if nobody had given them a value.
    var ignored: Set<ConfigurationKey> = []

    /// - Parameter path: the file. Nil takes the file that the environment names, if it names one.
    /// - Throws: `StartupError` (78).
    init(
        flags: [ConfigurationKey: [String]], environment: [String: String], file path: String?
    ) throws(StartupError) {
        let environment = try ConfigurationEnvironment(environment)
        var words: [ConfigurationKey: ConfigContent] = [:]
        for (key, given) in flags { words[key] = key.isList ? .stringArray(given) : .string(given.joined()) }
        var providers: [(ConfigurationOrigin, any ConfigProvider)] = [
            (.flag, Self.provider("flags", words)), (.environment, environment.provider),
        ]
        if let path = path ?? environment.configurationFile {
            let entries = try ConfigurationFile(path: path).entries()
            file = (path, entries.compactMapValues(\.line))
            providers.append((.file, Self.provider("file", entries.mapValues(\.content))))
        } else {
            file = nil
        }
        providers.append((.fallback, Self.provider("defaults", environment.defaults)))
        layers = providers.map { ($0.0, ConfigReader(providers: [$0.1])) }
        reader = ConfigReader(providers: providers.map(\.1))
    }

    private static func provider(
        _ name: String, _ contents: [ConfigurationKey: ConfigContent]
    ) -> any ConfigProvider {
        var values: [AbsoluteConfigKey: ConfigValue] = [:]
        for (key, content) in contents {
            values[AbsoluteConfigKey(key.components)] = ConfigValue(content, isSecret: false)
        }
        return InMemoryProvider(name: name, values: values)
    }

    /// - Parameter parse: returns nil for a text that it cannot read.
    /// - Parameter expected: completes "it must be".
    func value<Value>(
        _ key: ConfigurationKey, _ expected: String, _ parse: (String) -> Value?
    ) throws(StartupError) -> Value? {
        guard !ignored.contains(key), let text = reader.string(forKey: ConfigKey(key.components)) else { return nil }
        guard let value = parse(text) else { throw refusal(key, text, expected) }
        return value
    }

    func text(_ key: ConfigurationKey) throws(StartupError) -> String? {
        try value(key, "a text that is not empty") { $0.isEmpty ? nil : $0 }
    }

    /// The agent's name. Nil if nobody has given it one.
    var name: String? {
        get throws(StartupError) {
            let name = try value(.name, GivenName.form) { GivenName.isValid($0) ? $0 : nil }
            guard name != AgentName.unnamed else {
                throw refusal(.name, "\(AgentName.unnamed) is what cluster-cli calls an agent without a name")
            }
            return name
        }
    }

    func flag(_ key: ConfigurationKey) throws(StartupError) -> Bool {
        try value(key, "true or false") { Bool($0) } ?? false
    }

    func integer(_ key: ConfigurationKey, in range: ClosedRange<Int>) throws(StartupError) -> Int? {
        try value(key, "a number from \(range.lowerBound) to \(range.upperBound)") { text in
            Int(digits: text).flatMap { range.contains($0) ? $0 : nil }
        }
    }

    func list<Item>(
        _ key: ConfigurationKey, _ expected: String, _ parse: (String) -> Item?
    ) throws(StartupError) -> [Item]? {
        guard !ignored.contains(key), let words = reader.stringArray(forKey: ConfigKey(key.components)) else {
            return nil
        }
        var items: [Item] = []
        for word in words {
            guard let item = parse(word) else { throw refusal(key, word, expected) }
            items.append(item)
        }
        return items
    }

    func origin(of key: ConfigurationKey) -> ConfigurationOrigin {
        let name = ConfigKey(key.components)
        return layers.first { layer in
            key.isList ? layer.reader.stringArray(forKey: name) != nil : layer.reader.string(forKey: name) != nil
        }?.origin ?? .standard
    }

    /// Whether somebody gave a value that is no default.
    func isGiven(_ key: ConfigurationKey) -> Bool { ![.fallback, .standard].contains(origin(of: key)) }

    /// The name under which somebody gave a value: of a flag, a variable or a key.
    func name(of key: ConfigurationKey) -> String {
        switch origin(of: key) {
        case .flag: key.flag
        case .environment: key.variable
        case .file, .fallback, .standard: key.rawValue
        }
    }

    /// An error for values that contradict each other. It is the command line's mistake if they all stand there.
    ///
    /// - Parameter keys: begins with the key that is most likely wrong.
    func conflict(between keys: ConfigurationKey..., problem: String) -> StartupError {
        let origins = Set(keys.map(origin(of:))).subtracting([.standard, .fallback])
        let place = keys.lazy.compactMap(place(of:)).first.map { "\($0): " } ?? ""
        return StartupError(origins.isSubset(of: [.flag]) ? .usage : .configuration, place + problem)
    }

    /// The file and the line of the value that counts. Nil if it stands elsewhere.
    private func place(of key: ConfigurationKey) -> String? {
        guard origin(of: key) == .file, let file else { return nil }
        return file.path + (file.lines[key].map { ":\($0)" } ?? "")
    }

    private func refusal(_ key: ConfigurationKey, _ text: String, _ expected: String) -> StartupError {
        refusal(key, "it must be \(expected)\(text.isEmpty ? "" : ", not \(text)")")
    }

    /// An error for the value of a key.
    func refusal(_ key: ConfigurationKey, _ problem: String) -> StartupError {
        // The same error as if the parser of flags refuses a value.
        let code: StartupError.Code = origin(of: key) == .flag ? .usage : .configuration
        let place = place(of: key).map { "\($0): " } ?? ""
        var error = StartupError(code, "\(place)\(name(of: key)): \(problem)")
        error.key = key
        return error
    }
}

/// The sources of a value. The first one counts most.
enum ConfigurationOrigin: String, CaseIterable, Sendable {
    case flag = "a flag"
    case environment = "the environment"
    case file = "the file"
    case fallback = "a default of the environment"
    case standard = "the default"
}
