// SPDX-License-Identifier: Apache-2.0

import FoundationEssentials
import Glibc
import Shared

/// `tokens.json`: the tokens that `cluster-agent token` has made, without their secrets. The command may change the
/// file while an agent runs, so the agent checks it before each request.
struct TokenFile: Sendable {
    let file: PrivateFile
    /// How long to wait for another program's lock on the directory. A user who may read it can lock it forever.
    var patience = Duration.seconds(5)

    private struct Content: Codable {
        var tokens: [StoredToken]
    }

    /// - Throws: `StartupError` if the file cannot be read or has another form.
    func load() throws(StartupError) -> [StoredToken] {
        guard let content = try file.read() else { return [] }
        do {
            return try JSONDecoder().decode(Content.self, from: content).tokens
        } catch {
            throw StartupError(
                .configuration,
                "\(file.path) is not what cluster-agent token writes, so no token of it counts; "
                    + "restore the file, or remove it and make the tokens anew")
        }
    }

    /// Changes the file under a lock.
    func update<Result>(_ change: (inout [StoredToken]) throws(StartupError) -> Result) throws(StartupError) -> Result {
        // The lock is on the directory, because the file itself is replaced. A lock file would belong to the user who made
        // it.
        let path = try file.resolved().path
        let directory = path.lastIndex(of: "/").map { String(path[...$0]) } ?? "."
        let descriptor = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw StartupError(.unavailable, "cannot lock \(directory): \(SystemProblem())") }
        defer { close(descriptor) }
        try lock(descriptor, directory)
        var tokens = try load()
        let result = try change(&tokens)
        try file.write(Self.text(tokens))
        return result
    }

    private func lock(_ descriptor: Int32, _ directory: String) throws(StartupError) {
        let deadline = ContinuousClock.now + patience
        while flock(descriptor, LOCK_EX | LOCK_NB) != 0 {
            if errno == EINTR { continue }
            guard errno == EWOULDBLOCK else {
                throw StartupError(.unavailable, "cannot lock \(directory): \(SystemProblem())")
            }
            guard .now < deadline else {
                throw StartupError(
                    .unavailable,
                    "cannot change the tokens: another process keeps \(directory) locked; lslocks shows which one")
            }
            // flock(2) has no time limit of its own.
            poll(nil, 0, 20)
        }
    }

    private static func text(_ tokens: [StoredToken]) throws(StartupError) -> Data {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        do {
            return try encoder.encode(Content(tokens: tokens)) + Data("\n".utf8)
        } catch {
            throw StartupError(.unavailable, "cannot write the tokens: \(error)")
        }
    }
}
