// SPDX-License-Identifier: Apache-2.0

/// The hosts that a command still waits for: a line on standard error's terminal that disappears when the command is
/// done.
@TransportActor
final class ProgressLine {
    /// Quick answers need no line.
    private static let patience = Duration.milliseconds(400)
    private static let pause = Duration.milliseconds(100)

    private let total: Int
    private var waiting: [String]
    private var shown = ""
    private var drawing: Task<Void, Never>?

    /// Nil if nobody would see it.
    init?(hosts: [String]) {
        guard Terminal.errorsTakeControl else { return nil }
        total = hosts.count
        waiting = hosts
        drawing = TransportTasks.start { [weak self] in
            var pause = Self.patience
            while (try? await Task.sleep(for: pause)) != nil, let self {
                self.draw()
                pause = Self.pause
            }
        }
    }

    func didAnswer(_ host: String) {
        if let index = waiting.firstIndex(of: host) { waiting.remove(at: index) }
    }

    func end() {
        drawing?.cancel()
        drawing = nil
        StandardStreams.clearStatus()
    }

    private func draw() {
        guard !Task.isCancelled, !waiting.isEmpty else { return }
        let text = Self.text(waiting: waiting, of: total)
        // Drawing the same line again would only flicker.
        guard text != shown || !StandardStreams.hasStatus else { return }
        shown = text
        StandardStreams.showStatus(text)
    }

    nonisolated static func text(waiting: [String], of total: Int) -> String {
        let names = "waiting for \(waiting.joined(separator: ", "))"
        return total == 1 ? names : "\(total - waiting.count) of \(total) hosts have answered, \(names)"
    }
}
