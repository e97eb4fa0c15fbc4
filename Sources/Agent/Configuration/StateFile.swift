// SPDX-License-Identifier: Apache-2.0

import FoundationEssentials
import Glibc
import Logging
import Shared

/// Where `StoredState` stands, in the data directory.
struct StateFile: Sendable {
    let file: PrivateFile

    /// What is there; nothing if there is no file, or none that can be used.
    func read(_ logger: Logger) -> StoredState {
        do {
            guard let content = try file.read() else { return StoredState() }
            let state = try JSONDecoder().decode(StoredState.self, from: content)
            if state.version == StoredState.current { return state }
        } catch {
            logger.warning("cannot read the stored state", metadata: ["error": "\(error)"])
        }
        logger.warning("the stored state does not count; the configuration does", metadata: ["file": "\(file.path)"])
        return StoredState()
    }

    /// Replaces what is there, as a whole or not at all.
    func write(_ state: StoredState) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        try file.write(try encoder.encode(state) + [UInt8(ascii: "\n")])
    }

    /// Forgets all.
    func remove() {
        unlink(file.path)
    }
}
