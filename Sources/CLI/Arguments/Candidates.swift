// SPDX-License-Identifier: Apache-2.0

internal import ArgumentParser
internal import Shared
internal import Synchronization

/// Completions for the shell that are known only when they are asked for. An error gives no candidates.
enum Candidates {
    /// Nobody waits longer for a key.
    private static let patience = DurationArgument(.seconds(4))

    static let hosts: CompletionKind = .custom { _, _, _ in inventory?.names ?? [] }

    static let groups: CompletionKind = .custom { _, _, _ in inventory?.groups ?? [] }

    /// The names of this machine's apps.
    static let apps: CompletionKind = .custom { _, _, _ in
        LocalApps.standard(within: patience.duration)?.names ?? []
    }

    /// The ids of live workers at the hosts that the command line names.
    static let workers: CompletionKind = .custom { words, _, _ in
        found(words) { client in try await client.workers().workers.map(\.id.rawValue) }.sorted().map { "\($0)" }
    }

    /// The numbers of the instances at those hosts.
    static let instances: CompletionKind = .custom { words, _, _ in
        found(words) { client in try await client.instances().instances.map(\.instance) }.sorted().map { "\($0)" }
    }

    /// The ids of the operations at those hosts.
    static let operations: CompletionKind = .custom { words, _, _ in
        let ids = found(words) { client in try await client.operations().operations.map(\.id.rawValue) }.sorted()
        return words.contains("cancel") ? ids : ["cancel"] + ids
    }

    /// Its names are safe for a shell (`GivenName`).
    private static var inventory: Inventory? { try? InventoryFile.standard(within: patience.duration).read() }

    /// Asks the hosts that the command line names.
    private static func found<Value: Hashable & Sendable>(
        _ words: [String], _ ask: @escaping @TransportActor @Sendable (AgentClient) async throws -> [Value]
    ) -> Set<Value> {
        guard var options = try? GlobalOptions.parse(GlobalOptions.only(in: words)) else { return [] }
        options.timeout = patience
        let found = Mutex<Set<Value>?>(nil)
        let search = TransportTasks.start { [options] in
            let values = await values(options, ask)
            found.withLock { $0 = values }
        }
        TransportActor.shared.loop.run(until: { found.withLock { $0 != nil } })
        search.cancel()
        return found.withLock { $0 } ?? []
    }

    @TransportActor
    private static func values<Value: Hashable & Sendable>(
        _ options: GlobalOptions, _ ask: @escaping @TransportActor @Sendable (AgentClient) async throws -> [Value]
    ) async -> Set<Value> {
        guard let session = try? Session(options) else { return [] }
        let answers = await session.onEachHost(within: .allCalls(options.timeout.duration)) { client in
            (try? await ask(client)) ?? []
        }
        return Set(answers.flatMap(\.answer))
    }
}
