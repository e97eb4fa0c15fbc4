// SPDX-License-Identifier: Apache-2.0

import NIOSSL
import Synchronization

/// The certificates for new connections. Open connections keep what they began with.
final class TLSContext: Sendable {
    private let files: TLSFiles
    private let state: Mutex<NIOSSLContext>

    /// - Throws: `StartupError`.
    init(_ files: TLSFiles) throws(StartupError) {
        self.files = files
        state = Mutex(try files.makeContext())
    }

    var current: NIOSSLContext { state.withLock { $0 } }

    /// Reads the files again. A disk that does not answer blocks the caller.
    /// - Throws: `StartupError`, and keeps the old certificates.
    func reload() throws(StartupError) {
        let new = try files.makeContext()
        state.withLock { $0 = new }
    }
}
