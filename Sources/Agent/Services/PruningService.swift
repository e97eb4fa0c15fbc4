// SPDX-License-Identifier: Apache-2.0

import History
import Logging
import ServiceLifecycle

/// Keeps the history within its limits. It works in small steps, and events are stored between them.
struct PruningService: Service {
    let history: History
    let retention: HistoryRetention
    /// Tells what waits to be forwarded. Nil: nothing does.
    var forwarded: ForwardedHistory?
    /// The time between two checks.
    var interval: Duration = .seconds(10)
    let clock: any Clock<Duration>
    let logger: Logger

    func run() async throws {
        await cancelWhenGracefulShutdown {
            repeat {
                await prune()
            } while (try? await clock.sleep(for: interval)) != nil
        }
    }

    private func prune() async {
        var total = PruneStep()
        do {
            while !Task.isCancelled {
                let step = try await history.prune(retention, hold: forwarded?.hold)
                guard !step.isLast else { break }
                total += step
            }
        } catch {
            // The recorder writes to the same file and reports what is wrong with it.
            logger.info("history not pruned", metadata: ["error": "\(error)"])
        }
        guard !total.isLast else { return }
        logger.info(
            "history pruned",
            metadata: ["events": "\(total.events)", "workers": "\(total.workers)", "pages": "\(total.pages)"])
    }
}
