// SPDX-License-Identifier: Apache-2.0

import FoundationEssentials
import GRDB
package import Shared

extension History {
    /// The newest operations, newest first. One whose end is not in the history has no verdict.
    package func operations(limit: Int) throws -> [OperationInfo] {
        guard let type = try eventTypes[.operation] else { return [] }
        let texts = try read { db in
            try String.fetchAll(
                db,
                sql: """
                    SELECT data FROM events
                    WHERE type = ? AND json_extract(data, '$.step') IN ('began', 'ended') ORDER BY seq DESC LIMIT ?
                    """, arguments: [type, limit * 2])
        }
        var seen: Set<OperationID> = []
        // A row that cannot be read was changed by hand. It does not hide the others.
        let operations = texts.compactMap { try? JSONDecoder().decode(OperationInfo.self, from: Data($0.utf8)) }
        return Array(operations.filter { seen.insert($0.id).inserted }.prefix(limit))
    }
}
