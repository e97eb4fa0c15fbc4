// SPDX-License-Identifier: Apache-2.0

import FoundationEssentials
import Glibc
import Logging
import Shared

/// The file of `StoredState` in the data directory.
struct StateFile: Sendable {
    let file: PrivateFile

    /// The stored state. Empty if there is no usable file.
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

    /// Replaces the content as a whole or not at all.
    func write(_ state: StoredState) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        try file.write(try encoder.encode(state) + [UInt8(ascii: "\n")])
    }

    /// Forgets everything.
    func remove() {
        unlink(file.path)
    }
}
