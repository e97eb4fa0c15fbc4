// SPDX-License-Identifier: Apache-2.0

internal import ArgumentParser
internal import Shared

/// Decides which agents a command is for.
struct HostSelection {
    private let options: GlobalOptions
    private let files: CredentialFiles

    init(_ options: GlobalOptions) {
        self.options = options
        files = CredentialFiles(within: options.timeout.duration)
    }

    /// `--host`, `--group` and `--all-hosts`, else `CLUSTER_HOST`, else the local agent's unix socket.
    ///
    /// - Throws: `ValidationError` if a name is unknown or a file cannot be used.
    func hosts() throws -> [Host] {
        var wanted = options.host
        if wanted.isEmpty, options.group.isEmpty, !options.allHosts {
            guard let named = Directories.nonEmpty(EnvironmentName.host.rawValue) else { return [try localHost()] }
            wanted = [named]
        }
        var hosts = try wanted.map(host(_:))
        if options.allHosts || !options.group.isEmpty { hosts += try hostsOfInventory() }
        var known: Set<String> = []
        return hosts.filter { known.insert($0.name).inserted }
    }

    /// An inventory's host with its own files. Files on the command line count more. If something is wrong with it,
    /// only this host fails.
    func host(named name: String, _ entry: Inventory.Entry) throws -> Host {
        guard let address = AgentAddress(entry.url), address.isAnywhere else {
            // This address is never called.
            var host = Host(name: name, address: .unix(path: entry.url))
            host.problem = Failure(
                kind: .unreachable, message: "no usable url in the inventory: '\(entry.url)'",
                hint: "give http://HOST:PORT, https://HOST:PORT or unix:/PATH", isLasting: true)
            return host
        }
        return try host(name, address, entry)
    }

    private func host(_ name: String, _ address: AgentAddress, _ entry: Inventory.Entry?) throws -> Host {
        var host = Host(name: name, address: address)
        guard case .tcp = address else { return host }
        do {
            host.credentials = try credentials(entry)
        } catch {
            // A file on the command line is for all hosts. It is the command line's mistake if it cannot be used,
            // unless it only took too long.
            guard error.isOwn || error.isLate else { throw ValidationError(error.message) }
            host.problem = Failure(
                kind: error.isLate ? .timedOut : .unauthorised, message: error.message, isLasting: true)
        }
        host.proxy = Proxy(for: address, environment: Terminal.variable)
        if let proxy = host.proxy, host.credentials.token != nil, !address.isEncrypted {
            host.problem = .tokenWouldLeak(to: proxy, of: address)
        }
        return host
    }

    private func localHost() throws -> Host {
        guard let socket = Directories.agentSocket else {
            throw ValidationError("HOME is not set; name the agent with --host or its directory with CLUSTER_DATA_DIR")
        }
        return Host(name: "local", address: .unix(path: socket))
    }

    private func hostsOfInventory() throws -> [Host] {
        let inventory = try InventoryFile.standard().read()
        var names: [String] = []
        if options.allHosts { names = inventory.names }
        for group in options.group {
            let members = inventory.names(ofGroup: group)
            guard !members.isEmpty else {
                let question = NearestName.question(group, in: inventory.groups)
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
            guard let address = AgentAddress(text) else {
                throw ValidationError(AgentAddress.complaint(about: text))
            }
            return try host(address.description, address, nil)
        }
        // No name has such characters.
        guard Inventory.isName(text) else { throw ValidationError(AgentAddress.complaint(about: text)) }
        let inventory = try InventoryFile.standard().read()
        guard let entry = inventory.hosts[text] else {
            let question = NearestName.question(text, in: inventory.names)
            throw ValidationError(
                "the inventory has no host '\(text)'; see: cluster-cli hosts, or give a URL\(question)")
        }
        return try host(named: text, entry)
    }

    private struct CredentialProblem: Error {
        let message: String
        /// The inventory names the file for this host.
        let isOwn: Bool
        let isLate: Bool
    }

    private func credentials(_ entry: Inventory.Entry?) throws(CredentialProblem) -> Credentials {
        typealias File = (path: String, isOwn: Bool)
        func file(_ option: String?, _ own: String?, _ variable: EnvironmentName) -> File? {
            if let option { return (option, false) }
            if let own { return (Directories.besideInventory(own), true) }
            return Directories.nonEmpty(variable.rawValue).map { ($0, false) }
        }
        func use(
            _ file: File?, _ read: (String, SmallFile.Kind) throws(CredentialFiles.Problem) -> String
        ) throws(CredentialProblem) -> String? {
            guard let file else { return nil }
            do {
                return try read(file.path, file.isOwn ? .regular : .any)
            } catch {
                throw CredentialProblem(message: error.message, isOwn: file.isOwn, isLate: error.isLate)
            }
        }
        let token = file(options.tokenFile, entry?.tokenFile, .tokenFile)
        var credentials = Credentials()
        credentials.token = try use(token, files.token(inFile:_:))
        credentials.tokenFile = token?.path
        credentials.caCertificate = try use(
            file(options.cacert, entry?.cacert, .caCertificate), files.readable(_:_:))
        credentials.certificate = try use(file(options.cert, entry?.cert, .certificate), files.readable(_:_:))
        credentials.key = try use(file(options.key, entry?.key, .key), files.readable(_:_:))
        return credentials
    }
}
