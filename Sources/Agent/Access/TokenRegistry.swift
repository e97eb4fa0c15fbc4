// SPDX-License-Identifier: Apache-2.0

import Contract
import Logging
import Shared
import Synchronization

/// The tokens that are valid now. Each request checks whether their files have changed, so a revoked token stops
/// working at the next request.
final class TokenRegistry: Sendable {
    /// Where tokens come from.
    private struct Source {
        let file: PrivateFile
        let load: @Sendable () throws(StartupError) -> [StoredToken]
        var stamp: PrivateFile.Stamp?
        var tokens: [StoredToken] = []
        /// Why the last try to read it failed; nil if it did not.
        var problem: String?
    }

    private let sources: Mutex<[Source]>
    private let fixed: [StoredToken]
    private let now: @Sendable () -> Timestamp
    private let logger: Logger

    /// The tokens of a data directory.
    init(
        admin: AdminToken, others: TokenFile, now: @escaping @Sendable () -> Timestamp = { .now }, logger: Logger
    ) {
        sources = Mutex([
            Source(file: admin.file) { () throws(StartupError) in try admin.load().map { [$0] } ?? [] },
            Source(file: others.file) { () throws(StartupError) in try others.load() },
        ])
        fixed = []
        self.now = now
        self.logger = logger
    }

    /// The tokens of one file, read by `load`.
    init(
        file: PrivateFile, logger: Logger, load: @escaping @Sendable () throws(StartupError) -> [StoredToken]
    ) {
        sources = Mutex([Source(file: file, load: load)])
        fixed = []
        now = { .now }
        self.logger = logger
    }

    /// These tokens and no others.
    init(_ tokens: [StoredToken], now: @escaping @Sendable () -> Timestamp = { .now }, logger: Logger) {
        sources = Mutex([])
        fixed = tokens
        self.now = now
        self.logger = logger
    }

    /// Who has the token. Nil if it is unknown, revoked or expired. Always compares all tokens, so that the time taken
    /// tells nothing.
    func principal(for hash: TokenHash) -> Principal? {
        var found = Self.match(hash, in: fixed)
        sources.withLock { sources in
            for index in sources.indices {
                refresh(&sources[index])
                found = Self.match(hash, in: sources[index].tokens) ?? found
            }
        }
        guard let found, found.isValid(at: now()) else { return nil }
        return .token(found.name, role: found.role, scopes: Set(found.scopes ?? []))
    }

    private static func match(_ hash: TokenHash, in tokens: [StoredToken]) -> StoredToken? {
        var found: StoredToken?
        for token in tokens where token.hash.matches(hash) { found = token }
        return found
    }

    /// Takes the stamp first, so a change during the read is seen next time. A file that could not be read is read
    /// again at the next request: the cause may have been a lack of descriptors.
    private func refresh(_ source: inout Source) {
        let stamp = source.file.stamp
        guard stamp != source.stamp || source.problem != nil else { return }
        source.stamp = stamp
        do {
            source.tokens = try source.load()
            if source.problem != nil { logger.notice("the tokens can be read again") }
            source.problem = nil
        } catch {
            // If nobody knows which tokens are revoked, none is accepted.
            source.tokens = []
            let problem = "\(error)"
            if problem != source.problem {
                logger.error("cannot read tokens; none of them counts", metadata: ["error": "\(problem)"])
            }
            source.problem = problem
        }
    }
}
