// SPDX-License-Identifier: Apache-2.0

import Dispatch
import FoundationEssentials
import Glibc
import History
import Shared

/// A file in the data directory that tells the next run which events this one could not store. It takes its room at the
/// start, so that it can be written even on a full disk.
final class UnstoredNote: Sendable {
    /// What is missing.
    struct Content: Hashable, Codable, Sendable {
        /// How many events. Nil if the run ended before it could count them.
        var lost: Int?
        var since: String?
        var reason: String
    }

    private static let size = 4096
    private let path: String
    // A thread of its own, because the disk may not answer.
    private let queue = DispatchQueue(label: "cluster.unstored-note")

    init(path: String) {
        self.path = path
    }

    /// Takes the room, and reads what the last run has left.
    func open() -> Content? {
        let left = read()
        if left == nil { write([]) }
        return left
    }

    /// Returns at once.
    func set(_ content: Content) {
        guard let json = try? JSONEncoder().encode(content), json.count <= Self.size else { return }
        queue.async { [self] in write(Array(json)) }
    }

    /// Returns at once.
    func clear() {
        queue.async { [self] in write([]) }
    }

    /// Waits until it is written, unless the disk does not answer.
    func flush(within seconds: Int) {
        let done = DispatchSemaphore(value: 0)
        queue.async { done.signal() }
        _ = done.wait(timeout: .now() + .seconds(seconds))
    }

    /// Nil if the file is missing or empty. A file that could not be filled tells that something was lost.
    private func read() -> Content? {
        let file = PrivateFile(path: path)
        guard let bytes = try? file.read() else { return nil }
        let unknown = Content(lost: nil, since: nil, reason: "the run before could not store its last events")
        guard !bytes.isEmpty else { return unknown }
        let json = bytes.prefix { $0 != 0 }
        guard !json.isEmpty else { return nil }
        return (try? JSONDecoder().decode(Content.self, from: json)) ?? unknown
    }

    /// Written in place, so that no new room is needed.
    private func write(_ bytes: [UInt8]) {
        let descriptor = Glibc.open(path, O_WRONLY | O_CREAT | DataFile.flags(for: path) | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else { return }
        defer { close(descriptor) }
        guard DataFile.isRegular(descriptor) else { return }
        DataFile.adopt(descriptor, at: path)
        let content = bytes + [UInt8](repeating: 0, count: Self.size - bytes.count)
        _ = pwrite(descriptor, content, content.count, 0)
        _ = fdatasync(descriptor)
    }
}

extension UnstoredNote.Content {
    /// The event that stands in the history in place of the missing ones.
    func event(at time: Timestamp) -> Event {
        Event(
            time: time, type: .gap,
            data: [
                "lost": lost.map { .integer(Int64($0)) } ?? .null, "since": since.map(JSONValue.string) ?? .null,
                "until": .string("\(time)"), "reason": .string(reason),
            ])
    }
}
