// SPDX-License-Identifier: Apache-2.0

/// The lines that a program has written so far, and a way to wait for one.
actor Transcript {
    struct Ended: Error, CustomStringConvertible {
        let lines: [String]
        var description: String { "the program ended without the line; it wrote:\n" + lines.joined(separator: "\n") }
    }

    private struct Waiter {
        /// Nil waits for the end.
        let matches: (@Sendable (String) -> Bool)?
        let continuation: CheckedContinuation<String?, Never>
    }

    private(set) var lines: [String] = []
    private var hasEnded = false
    private var waiters: [Int: Waiter] = [:]
    private var nextKey = 0

    func append(_ line: String) {
        lines.append(line)
        for (key, waiter) in waiters where waiter.matches?(line) == true {
            waiters[key] = nil
            waiter.continuation.resume(returning: line)
        }
    }

    func end() {
        hasEnded = true
        for waiter in waiters.values { waiter.continuation.resume(returning: nil) }
        waiters = [:]
    }

    /// The first line, past or to come, that fits.
    /// - Throws: `Ended` if there is none.
    @discardableResult
    func first(where matches: @escaping @Sendable (String) -> Bool) async throws -> String {
        if let line = lines.first(where: matches) { return line }
        guard let line = await wait(matches) else { throw Ended(lines: lines) }
        return line
    }

    /// Returns when there are this many lines with something on them.
    /// - Throws: `Ended` if there will not be one.
    func reach(_ count: Int) async throws {
        while lines.count(where: { !$0.isEmpty }) < count {
            guard await wait({ _ in true }) != nil else { throw Ended(lines: lines) }
        }
    }

    /// Returns all lines when every process that could write any has closed its end, or is gone.
    @discardableResult
    func whole() async -> [String] {
        _ = await wait(nil)
        return lines
    }

    private func wait(_ matches: (@Sendable (String) -> Bool)?) async -> String? {
        let key = nextKey
        nextKey += 1
        return await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                if hasEnded || Task.isCancelled { return continuation.resume(returning: nil) }
                waiters[key] = Waiter(matches: matches, continuation: continuation)
            }
        } onCancel: {
            Task { await self.cancel(key) }
        }
    }

    private func cancel(_ key: Int) {
        waiters.removeValue(forKey: key)?.continuation.resume(returning: nil)
    }
}
