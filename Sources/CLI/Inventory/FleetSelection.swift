// SPDX-License-Identifier: Apache-2.0

internal import ArgumentParser
internal import Shared

/// Decides which agents of the fleet's registry a command is for, and how they are called.
struct FleetSelection {
    private let options: GlobalOptions
    /// What the command line and the environment name. They count for all agents of the registry.
    private let credentials: Credentials

    init(_ options: GlobalOptions, credentials: Credentials) {
        self.options = options
        self.credentials = credentials
    }

    /// `--host`, `--group` and `--all-hosts` among the listed agents, in the order of their names.
    ///
    /// - Throws: `ValidationError` if a name is unknown, or none is given.
    func hosts(of agents: [FleetAgent]) throws -> [Host] {
        guard options.namesHosts else {
            throw ValidationError("name agents of the fleet with --host, --group or --all-hosts")
        }
        let names = Set(agents.map(\.name))
        if let unknown = options.host.first(where: { !names.contains($0) }) {
            let question = NearestName.question(unknown, in: names)
            throw ValidationError(
                "no agent of the fleet is called '\(TerminalText.fitting(unknown, width: 40))'; see: "
                    + "cluster-cli fleet agents\(question)")
        }
        let groups = Set(agents.flatMap(\.groups))
        if let unknown = options.group.first(where: { !groups.contains($0) }) {
            let question = NearestName.question(unknown, in: groups)
            throw ValidationError(
                "no agent of the fleet is in the group '\(TerminalText.fitting(unknown, width: 40))'; see: "
                    + "cluster-cli fleet agents\(question)")
        }
        let chosen = agents.filter { agent in
            options.allHosts || options.host.contains(agent.name) || !Set(options.group).isDisjoint(with: agent.groups)
        }
        guard !chosen.isEmpty else { throw ValidationError("the fleet has no agents; see: cluster-cli fleet agents") }
        return chosen.map(host(_:))
    }

    private func host(_ agent: FleetAgent) -> Host {
        // A socket's path means nothing on another machine.
        let addresses = agent.endpoints.compactMap { AgentAddress($0) }.filter { $0.hostname != nil }
        guard let address = addresses.first(where: \.isEncrypted) ?? addresses.first else {
            return failing(
                agent, .unix(path: agent.name),
                Failure(
                    kind: .unreachable, message: "the registry has no address of its API",
                    hint: "set fleet.endpoints in its configuration", isLasting: true))
        }
        if let problem = problem(of: address) { return failing(agent, address, problem) }
        var host = Host(name: agent.name, address: address)
        host.credentials = credentials
        host.proxy = Proxy(for: address, environment: Terminal.variable)
        return host
    }

    /// Anyone who can write to the registry can name an address of their own there, with a certificate of a public authority.
    /// So a token is sent only if the user's own authority vouches for the agent.
    private func problem(of address: AgentAddress) -> Failure? {
        if let problem = address.problem { return Failure(kind: .unreachable, message: problem, isLasting: true) }
        guard credentials.token != nil else { return nil }
        guard address.isEncrypted else {
            return Failure(
                kind: .unauthorised, message: "no token is sent to \(address), which the registry names without TLS",
                hint: "give the agent a certificate, or name it in the inventory", isLasting: true)
        }
        guard credentials.caCertificate != nil else {
            return Failure(
                kind: .unauthorised,
                message: "no token is sent to \(address), which the registry names, without an authority of yours",
                hint: "name the one that has signed your agents' certificates with --cacert", isLasting: true)
        }
        return nil
    }

    private func failing(_ agent: FleetAgent, _ address: AgentAddress, _ problem: Failure) -> Host {
        var host = Host(name: agent.name, address: address)
        host.problem = problem
        return host
    }
}
