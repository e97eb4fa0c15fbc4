// SPDX-License-Identifier: Apache-2.0

internal import ArgumentParser
internal import FoundationEssentials
internal import Glibc

/// Tells which agents a command is for.
struct HostSelection {
    private let options: GlobalOptions

    init(_ options: GlobalOptions) {
        self.options = options
    }

    /// `--host`, `--group` and `--all-hosts`, else `CLUSTER_HOST`, else the local agent's unix socket.
    ///
    /// - Throws: `ValidationError` where a name is unknown or a file cannot be used.
    func hosts() throws -> [Host] {
        var wanted = options.host
        if wanted.isEmpty, options.group.isEmpty, !options.allHosts {
            guard let named = Directories.nonEmpty("CLUSTER_HOST") else { return [try localHost()] }
            wanted = [named]
        }
        var hosts = try wanted.map(host(_:))
        if options.allHosts || !options.group.isEmpty { hosts += try hostsOfInventory() }
        var known: Set<String> = []
        return hosts.filter { known.insert($0.name).inserted }
    }

    /// An inventory's host with its own files, over which those of the command line go.
    func host(named name: String, _ entry: Inventory.Entry) throws -> Host {
        guard let endpoint = Endpoint(entry.url), endpoint.isAnywhere else {
            throw ValidationError("\(name) has no usable url in the inventory: '\(entry.url)'")
        }
        return Host(name: name, endpoint: endpoint, credentials: try credentials(endpoint, entry))
    }

    private func localHost() throws -> Host {
        guard let socket = Directories.agentSocket else {
            throw ValidationError("HOME is not set; name the agent with --host or its directory with CLUSTER_DATA_DIR")
        }
        return Host(name: "local", endpoint: .unix(path: socket))
    }

    private func hostsOfInventory() throws -> [Host] {
        let inventory = try InventoryFile.standard().read()
        var names: [String] = []
        if options.allHosts { names = inventory.names }
        for group in options.group {
            let members = inventory.names(ofGroup: group)
            guard !members.isEmpty else {
                let question = Suggestion.question(group, known: inventory.groups)
                throw ValidationError("no host is in the group '\(group)'; see: cluster-cli hosts\(question)")
            }
            names += members
        }
        guard !names.isEmpty else {
            throw ValidationError("the inventory is empty; add a host with: cluster-cli hosts add NAME URL")
        }
        return try names.compactMap { name in try inventory.hosts[name].map { try host(named: name, $0) } }
    }

    private func host(_ text: String) throws -> Host {
        if text.contains("://") || text.hasPrefix("unix:") {
            guard let endpoint = Endpoint(text) else {
                throw ValidationError(
                    "'\(text)' is no address of an agent: give http://HOST:PORT, https://HOST:PORT or unix:PATH")
            }
            return Host(name: endpoint.description, endpoint: endpoint, credentials: try credentials(endpoint, nil))
        }
        let inventory = try InventoryFile.standard().read()
        guard let entry = inventory.hosts[text] else {
            let question = Suggestion.question(text, known: inventory.names)
            throw ValidationError(
                "the inventory has no host '\(text)'; see: cluster-cli hosts, or give a URL\(question)")
        }
        return try host(named: text, entry)
    }

    private func credentials(_ endpoint: Endpoint, _ entry: Inventory.Entry?) throws -> Credentials {
        guard case .tcp = endpoint else { return Credentials() }
        func file(_ option: String?, _ own: String?, _ variable: String) throws -> String? {
            let path = option ?? own.map(Directories.besideInventory) ?? Directories.nonEmpty(variable)
            guard let path, access(path, R_OK) != 0 else { return path }
            throw ValidationError("cannot read \(path): is it there, and readable for you?")
        }
        return Credentials(
            token: try file(options.tokenFile, entry?.tokenFile, "CLUSTER_TOKEN_FILE").map(Self.token),
            caCertificate: try file(options.cacert, entry?.cacert, "CLUSTER_CACERT"),
            certificate: try file(options.cert, entry?.cert, "CLUSTER_CERT"),
            key: try file(options.key, entry?.key, "CLUSTER_KEY"))
    }

    /// The file's one line. A line break inside would be a header of its own in the request.
    private static func token(inFile path: String) throws -> String {
        guard let data = try? Data(contentsOf: URL(filePath: path)) else {
            throw ValidationError("cannot read \(path)")
        }
        let text = String(decoding: data, as: UTF8.self)
        let token = text.drop { $0.isWhitespace }.prefix { !$0.isWhitespace }
        guard !token.isEmpty, text.split(whereSeparator: \.isWhitespace).count == 1,
            token.utf8.allSatisfy({ (0x21...0x7E).contains($0) }), token.utf8.count <= 4096
        else { throw ValidationError("\(path) holds no token: it must be one line of printable characters") }
        return String(token)
    }
}
