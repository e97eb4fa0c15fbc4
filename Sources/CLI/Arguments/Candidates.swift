// SPDX-License-Identifier: Apache-2.0

internal import ArgumentParser
internal import Shared
internal import Synchronization

/// What the shell may complete a word to, where that is known at that moment only. An error makes no candidates.
enum Candidates {
    /// Nobody waits longer for a key.
    private static let patience = DurationArgument(.seconds(4))

    static let hosts: CompletionKind = .custom { _, _, _ in inventory?.names ?? [] }

    static let groups: CompletionKind = .custom { _, _, _ in inventory?.groups ?? [] }

    /// The ids of the workers that live at the hosts that the command line names.
    static let workers: CompletionKind = .custom { words, _, _ in workerIDs(words) }

    /// Its names mean nothing to a shell, or it is none (`Inventory.isName`).
    private static var inventory: Inventory? { try? InventoryFile.standard().read() }

    private static func workerIDs(_ words: [String]) -> [String] {
        guard var options = try? GlobalOptions.parse(GlobalOptions.only(in: words)) else { return [] }
        options.timeout = patience
        let found = Mutex<[String]?>(nil)
        let search = TransportTasks.start { [options] in
            let ids = await ids(options)
            found.withLock { $0 = ids }
        }
        TransportActor.shared.loop.run(until: { found.withLock { $0 != nil } })
        search.cancel()
        return found.withLock { $0 } ?? []
    }

    @TransportActor
    private static func ids(_ options: GlobalOptions) async -> [String] {
        guard let session = try? Session(options) else { return [] }
        let answers = await session.onEachHost(within: .allCalls(options.timeout.duration)) { client in
            (try? await client.workers().workers.map(\.id)) ?? []
        }
        return Set(answers.flatMap(\.answer)).sorted { $0.rawValue < $1.rawValue }.map(\.description)
    }
}
