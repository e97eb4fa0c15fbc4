// SPDX-License-Identifier: Apache-2.0

import Foundation
import Shared

/// A `GET /v1/events:watch` that goes on, by curl.
final class EventWatch: Sendable {
    let program: RunningProgram

    /// - Parameter query: of the URL.
    init(socket: String, _ query: String) throws {
        program = try RunningProgram(
            "curl",
            [
                "-sSN", "--unix-socket", socket, "-H", "Accept: application/x-ndjson",
                "http://localhost/v1/events:watch?\(query)",
            ])
    }

    /// Returns when the agent has answered, so that nothing that happens from now on is missed.
    func open() async throws {
        try await program.output.first { _ in true }
    }

    var events: [Event] {
        get async { await program.output.lines.compactMap(Self.event) }
    }

    /// The first event, past or to come, that fits.
    func first(where matches: @escaping @Sendable (Event) -> Bool) async throws -> Event {
        let line = try await program.output.first { Self.event($0).map(matches) ?? false }
        guard let event = Self.event(line) else { preconditionFailure("a line that has just been one") }
        return event
    }

    private static func event(_ line: String) -> Event? {
        try? JSONDecoder().decode(Event.self, from: Data(line.utf8))
    }
}

extension RunningAgent {
    func withWatch(_ query: String, _ body: (EventWatch) async throws -> Void) async throws {
        let watch = try EventWatch(socket: socket, query)
        do {
            try await body(watch)
            await watch.program.stop()
        } catch {
            await watch.program.stop()
            throw error
        }
    }
}
