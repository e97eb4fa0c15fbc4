// SPDX-License-Identifier: Apache-2.0

internal import ArgumentParser
internal import Shared

/// Decides which agents a command is for.
final class HostSelection {
    private let options: GlobalOptions
    private let files: CredentialFiles
    private lazy var inventory = Result {
        try InventoryFile.standard(within: options.timeout.duration).read()
    }

    /// A host whose files are not read yet.
    private struct Choice {
        var name: String
        var address: AgentAddress
        /// Nil for a URL.
        var entry: Inventory.Entry?
        var problem: Failure?
    }

    init(_ options: GlobalOptions) {
        self.options = options
        files = CredentialFiles(within: options.timeout.duration)
    }

    /// `--host`, `--group`, `--all-hosts`, `--app` and `--all-apps`, else `CLUSTER_HOST`, else the local agent.
    ///
    /// - Throws: `ValidationError` if a name is unknown or a file cannot be used.
    func hosts() throws -> [Host] {
        var known: Set<String> = []
        let choices = try choices().filter { known.insert($0.name).inserted }
        files.prepare(choices.filter { needsFiles($0) }.flatMap { wantedFiles($0.entry).map(\.request) })
        return try choices.map(host(_:))
    }

    private func choices() throws -> [Choice] {
        var wanted = options.host
        if !options.namesAgents {
            guard let named = Directories.nonEmpty(EnvironmentName.host.rawValue) else { return [try localHost()] }
            wanted = [named]
        }
        let named = try wanted.map(choice(_:))
        let others = options.allHosts || !options.group.isEmpty ? try choicesOfInventory() : []
        return try named + others + (options.app.isEmpty && !options.allApps ? [] : choicesOfApps())
    }

    private func choicesOfApps() throws -> [Choice] {
        guard let local = LocalApps.standard(within: options.timeout.duration) else {
            throw ValidationError(
                "the folders of this machine's apps do not answer; name the agent with --host unix:PATH")
        }
        guard options.allApps else {
            return try options.app.map { name in
                if name == AgentName.unnamed, let socket = Directories.agentSocket { return Self.unnamed(socket) }
                guard let app = local[name] else { throw Self.unknown(name, local) }
                return Self.choice(app)
            }
        }
        let unnamed = Directories.agentSocket.flatMap { hasSocket($0) ? Self.unnamed($0) : nil }
        let choices = [unnamed].compactMap(\.self) + local.apps.map(Self.choice(_:)) + local.hidden.map(Self.choice(_:))
        guard !choices.isEmpty else {
            throw ValidationError("no agent runs on this machine; start one with: cluster-agent EXEC")
        }
        return choices
    }

    private static func unknown(_ name: String, _ local: LocalApps) -> ValidationError {
        let hidden = local.hidden.map { "; \($0.path) is not readable: \($0.reason)" }.joined()
        return ValidationError(
            "no agent of this machine has the name '\(TerminalText.fitting(name, width: 40))'\(hidden); see: "
                + "cluster-cli apps\(NearestName.question(name, in: local.names))")
    }

    private static func unnamed(_ socket: String) -> Choice {
        Choice(name: AgentName.unnamed, address: .unix(path: socket))
    }

    private static func choice(_ app: LocalApps.App) -> Choice {
        Choice(name: app.name, address: .unix(path: app.socket))
    }

    /// A line of its own: to leave it out would say that it has no apps.
    private static func choice(_ folder: LocalApps.HiddenFolder) -> Choice {
        Choice(
            name: folder.path, address: .unix(path: folder.path),
            problem: Failure(
                kind: .unauthorised, message: "\(folder.path) is not readable: \(folder.reason)",
                hint: "run this as the user who owns it", isLasting: true))
    }

    private func hasSocket(_ path: String) -> Bool {
        Errand.result(until: .now + options.timeout.duration) { LocalApps.mayBeSocket(path) } ?? false
    }

    /// The user's own agent. If it does not run, and the system has a single one, that.
    private func localHost() throws -> Choice {
        if Directories.nonEmpty(EnvironmentName.dataDirectory.rawValue) == nil,
            let only = LocalApps.single(in: LocalApps.systemFolder),
            !(Directories.agentSocket.map(hasSocket(_:)) ?? false)
        {
            return Self.choice(only)
        }
        guard let socket = Directories.agentSocket else {
            throw ValidationError("HOME is not set; name the agent with --host or its directory with CLUSTER_DATA_DIR")
        }
        return Self.unnamed(socket)
    }

    private func choicesOfInventory() throws -> [Choice] {
        let inventory = try inventory.get()
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
        return names.compactMap { name in inventory.hosts[name].map { choice(named: name, $0) } }
    }

    private func choice(_ text: String) throws -> Choice {
        if text.contains("://") || text.hasPrefix("unix:") {
            guard let address = AgentAddress(text) else {
                throw ValidationError(AgentAddress.complaint(about: text))
            }
            return Choice(name: address.description, address: address)
        }
        // No name has such characters.
        guard GivenName.isValid(text) else { throw ValidationError(AgentAddress.complaint(about: text)) }
        let inventory: Inventory
        do {
            inventory = try self.inventory.get()
        } catch let late as InventoryFile.Late {
            // The hosts that are given by their URLs do not need it.
            let problem = Failure(kind: .timedOut, message: late.message, isLasting: true)
            return Choice(name: text, address: .unix(path: text), problem: problem)
        }
        guard let entry = inventory.hosts[text] else {
            let question = NearestName.question(text, in: inventory.names)
            throw ValidationError(
                "the inventory has no host '\(text)'; see: cluster-cli hosts, or give a URL\(question)")
        }
        return choice(named: text, entry)
    }

    private func choice(named name: String, _ entry: Inventory.Entry) -> Choice {
        guard let address = AgentAddress(entry.url), address.isAnywhere else {
            let problem = Failure(
                kind: .unreachable,
                message: "no usable url in the inventory: '\(AgentAddress.shown(entry.url))'",
                hint: "give http://HOST:PORT, https://HOST:PORT or unix:/PATH", isLasting: true)
            // This address is never called.
            return Choice(name: name, address: .unix(path: entry.url), entry: entry, problem: problem)
        }
        return Choice(name: name, address: address, entry: entry)
    }

    private func needsFiles(_ choice: Choice) -> Bool {
        guard case .tcp = choice.address else { return false }
        return choice.problem == nil
    }

    /// A host with its own files. Files on the command line count more. If something is wrong with the host's own, only
    /// this host fails.
    private func host(_ choice: Choice) throws -> Host {
        var host = Host(name: choice.name, address: choice.address)
        host.problem =
            choice.problem
            ?? choice.address.problem.map { Failure(kind: .unreachable, message: $0, isLasting: true) }
        guard needsFiles(choice) else { return host }
        do {
            host.credentials = try credentials(choice.entry)
        } catch {
            // A file on the command line is for all hosts. It is the command line's mistake if it cannot be used,
            // unless it only took too long.
            guard error.isOwn || error.isLate else { throw ValidationError(error.message) }
            host.problem = Failure(
                kind: error.isLate ? .timedOut : .unauthorised, message: error.message, isLasting: true)
        }
        host.proxy = Proxy(for: choice.address, environment: Terminal.variable)
        if let proxy = host.proxy, host.credentials.token != nil, !choice.address.isEncrypted {
            host.problem = .tokenWouldLeak(to: proxy, of: choice.address)
        }
        return host
    }

    private struct CredentialProblem: Error {
        let message: String
        /// The inventory names the file for this host.
        let isOwn: Bool
        let isLate: Bool
    }

    private struct WantedFile {
        let request: CredentialFiles.Request
        let isOwn: Bool
        let field: WritableKeyPath<Credentials, String?>
    }

    private func wantedFiles(_ entry: Inventory.Entry?) -> [WantedFile] {
        func file(
            _ option: String?, _ own: String?, _ variable: EnvironmentName,
            _ field: WritableKeyPath<Credentials, String?>
        ) -> WantedFile? {
            let ownPath = own.map(Directories.besideInventory(_:))
            guard let path = option ?? ownPath ?? Directories.nonEmpty(variable.rawValue) else { return nil }
            let isOwn = option == nil && own != nil
            let request = CredentialFiles.Request(
                path: path, purpose: field == \.token ? .token : .certificate, kind: isOwn ? .regular : .any)
            return WantedFile(request: request, isOwn: isOwn, field: field)
        }
        return [
            file(options.tokenFile, entry?.tokenFile, .tokenFile, \.token),
            file(options.cacert, entry?.cacert, .caCertificate, \.caCertificate),
            file(options.cert, entry?.cert, .certificate, \.certificate),
            file(options.key, entry?.key, .key, \.key),
        ].compactMap(\.self)
    }

    /// What the command line and the environment name, for hosts that are in no inventory.
    ///
    /// - Throws: `ValidationError` if a file cannot be used.
    func commonCredentials() throws -> Credentials {
        files.prepare(wantedFiles(nil).map(\.request))
        do {
            return try credentials(nil)
        } catch {
            throw ValidationError(error.message)
        }
    }

    private func credentials(_ entry: Inventory.Entry?) throws(CredentialProblem) -> Credentials {
        var credentials = Credentials()
        for file in wantedFiles(entry) {
            do {
                credentials[keyPath: file.field] = try files.value(of: file.request)
            } catch {
                throw CredentialProblem(message: error.message, isOwn: file.isOwn, isLate: error.isLate)
            }
            if file.request.purpose == .token { credentials.tokenFile = file.request.path }
        }
        return credentials
    }
}
