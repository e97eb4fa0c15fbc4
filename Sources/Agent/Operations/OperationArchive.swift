// SPDX-License-Identifier: Apache-2.0

import History
import Shared

/// All known operations: those of this run from the supervisor, earlier ones from the history.
struct OperationArchive: Sendable {
    /// How many are shown besides the one that is under way.
    private static let shown = 100

    let supervisor: any ClusterSupervisor
    let reader: HistoryReader

    /// The operation that is under way, then the last ones that ended, newest first.
    func list() async -> [OperationInfo] {
        // Without a history, the operations of this run are still known. The history is read first. Otherwise an
        // operation that begins in between would stand there without an end, as if its agent had died.
        let stored = (try? await reader.read { try $0.operations(limit: Self.shown) }) ?? []
        let recent = await supervisor.recentOperations.map(\.naming)
        let ids = Set(recent.map(\.id))
        let earlier = stored.filter { !ids.contains($0.id) }.map(\.interrupted)
        return Array((recent + earlier).prefix(Self.shown + 1))
    }

    /// - Throws: `OPERATION_NOT_FOUND`
    func operation(_ id: OperationID) async throws(ClusterError) -> OperationInfo {
        if let recent = await supervisor.recentOperations.first(where: { $0.id == id }) { return recent.naming }
        guard let operation = await list().first(where: { $0.id == id }) else {
            throw ClusterError(
                .notFound, .operationNotFound, "operation \(id) is not known; the newest \(Self.shown) are kept",
                metadata: ["operation": "\(id)"])
        }
        return operation
    }

    /// Operations whose agent ended before it could record their end. They get the verdict `interrupted`.
    static func interrupted(in history: History) -> [OperationInfo] {
        let operations = (try? history.operations(limit: shown)) ?? []
        return operations.filter { !$0.done }.map(\.interrupted)
    }
}

extension OperationInfo {
    /// Its agent has ended, so nobody continues it.
    fileprivate var interrupted: OperationInfo {
        guard !done else { return self }
        var ended = self
        ended.verdict = .interrupted
        ended.phase = .done
        return ended
    }
}
