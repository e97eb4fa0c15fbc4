// SPDX-License-Identifier: Apache-2.0

import Fleet
import FoundationEssentials
import Logging
import Shared

/// The fleet that the agent belongs to, and how it appears there.
struct FleetOptions: Hashable, Sendable {
    var address: PostgresAddress
    /// Where the database's password stands. Nil: libpq looks for one itself.
    var passwordFile: String?
    var name: String
    var groups: [String]
    /// How others reach this agent's API.
    var endpoints: [String]
    /// How much of the history may wait, in bytes.
    var maxLagBytes: Int64 = 1 << 30
    var maxAge: Duration? = .seconds(90 * 86_400)
    var forgetAfter: Duration? = .seconds(30 * 86_400)

    /// Nil if the agent belongs to no fleet.
    /// - Parameters:
    ///   - listen: where the API listens; what others can reach of it is where they find the agent.
    ///   - isEncrypted: whether it has a certificate.
    /// - Throws: `StartupError` if a value is invalid, or makes no sense without `fleet.url`.
    init?(_ reader: ConfigurationReader, listen: [ListenAddress], isEncrypted: Bool) throws(StartupError) {
        let name: String? = try reader.value(.fleetName, GivenName.form) { GivenName.isValid($0) ? $0 : nil }
        groups = try reader.list(.fleetGroups, GivenName.form) { GivenName.isValid($0) ? $0 : nil } ?? []
        let urls = try reader.list(.fleetEndpoints, Self.endpointForm) { Self.isEndpoint($0) ? $0 : nil }
        endpoints = urls ?? Self.endpoints(of: listen, isEncrypted: isEncrypted)
        if let size = try reader.value(.fleetMaxLagBytes, "a size such as 500M, 2G", ByteCount.init) {
            maxLagBytes = size.bytes
        }
        if let limit = try Self.age(.fleetMaxAge, reader) { maxAge = limit.value }
        if let limit = try Self.age(.fleetForgetAfter, reader) { forgetAfter = limit.value }
        passwordFile = try reader.text(.fleetPasswordFile)
        guard let url = try reader.text(.fleetURL) else {
            let keys: [ConfigurationKey] = [.fleetName, .fleetGroups, .fleetEndpoints, .fleetPasswordFile]
            if let key = keys.first(where: { reader.origin(of: $0) != .standard }) {
                throw reader.conflict(
                    between: key,
                    problem: "\(reader.name(of: key)) says nothing without \(ConfigurationKey.fleetURL.rawValue)")
            }
            return nil
        }
        if let name { self.name = name } else { self.name = try Self.standardName(reader) }
        guard GivenName.isValid(self.name) else {
            throw reader.conflict(
                between: .fleetURL, problem: "this machine's name cannot be the agent's in the fleet; set fleet.name")
        }
        address = try Self.address(url, passwordFile: passwordFile, reader)
    }

    /// No error repeats the password.
    private static func address(
        _ url: String, passwordFile: String?, _ reader: ConfigurationReader
    ) throws(StartupError) -> PostgresAddress {
        let secret = try password(passwordFile, reader)
        do throws(PostgresError) {
            return try PostgresAddress(url: url, password: secret)
        } catch {
            throw reader.conflict(
                between: .fleetURL,
                problem: "\(reader.name(of: .fleetURL)): \(error.message); it is written as "
                    + "postgresql://USER@HOST/DATABASE")
        }
    }

    /// The first line.
    private static func password(_ path: String?, _ reader: ConfigurationReader) throws(StartupError) -> String? {
        guard let path else { return nil }
        guard let password = try firstLine(of: path) else {
            throw reader.conflict(
                between: .fleetPasswordFile, problem: "\(reader.name(of: .fleetPasswordFile)): there is no file \(path)"
            )
        }
        return password
    }

    private static func firstLine(of path: String) throws(StartupError) -> String? {
        try PrivateFile(path: path).read().map { content in
            String(decoding: content.prefix { $0 != 0x0A && $0 != 0x0D }, as: UTF8.self)
        }
    }

    /// What the file says now. A password can change while the agent runs. Nil if there is no file that can be read.
    var currentPassword: String? { passwordFile.flatMap { try? Self.firstLine(of: $0) } }

    /// Warns of a password that other users can read.
    func warnOfOthers(logger: Logger) {
        guard let passwordFile, PrivateFile(path: passwordFile).isOpenToOthers else { return }
        logger.warning(
            "others can read or change the password of the fleet's database: run chmod 600",
            metadata: ["file": "\(passwordFile)"])
    }

    /// The machine's name, with the agent's own if it has one.
    private static func standardName(_ reader: ConfigurationReader) throws(StartupError) -> String {
        try reader.name.map { "\(AccessPolicy.machineName)-\($0)" } ?? AccessPolicy.machineName
    }

    private static func age(
        _ key: ConfigurationKey, _ reader: ConfigurationReader
    ) throws(StartupError) -> RetentionLimit<Duration>? {
        try reader.value(key, "an age in whole days such as 90d, or none") { text in
            RetentionLimit(text) { text in
                guard text.hasSuffix("d"), let age = Age(text), age.milliseconds > 0 else { return nil }
                return .milliseconds(age.milliseconds)
            }
        }
    }

    // MARK: Endpoints

    private static let endpointForm = "a URL such as https://host:7420"

    private static func isEndpoint(_ text: String) -> Bool {
        for scheme in ["https://", "http://"] where text.hasPrefix(scheme) {
            return Authority(text.dropFirst(scheme.count)) != nil
        }
        return false
    }

    /// By the machine's name where the agent listens on every address. A port that the kernel chooses is not known yet.
    private static func endpoints(of listen: [ListenAddress], isEncrypted: Bool) -> [String] {
        listen.filter { !$0.isLoopback && $0.port != 0 }.map { address in
            let isAny = ["0.0.0.0", "::"].contains(address.host)
            let place = ListenAddress(host: isAny ? AccessPolicy.machineName : address.host, port: address.port)
            return "\(isEncrypted ? "https" : "http")://\(place)"
        }
    }

    /// As the file may have it, without the password.
    func value(of key: ConfigurationKey) -> JSONValue? {
        switch key {
        case .fleetURL: .string("\(address)")
        case .fleetPasswordFile: passwordFile.map(JSONValue.string)
        case .fleetName: .string(name)
        case .fleetGroups: .array(groups.map(JSONValue.string))
        case .fleetEndpoints: .array(endpoints.map(JSONValue.string))
        case .fleetMaxLagBytes: .integer(maxLagBytes)
        case .fleetMaxAge: RetentionLimit<Duration>.text(maxAge)
        case .fleetForgetAfter: RetentionLimit<Duration>.text(forgetAfter)
        default: nil
        }
    }
}
