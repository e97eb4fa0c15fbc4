// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Shared

/// The agent's options for how workers are kept running. The file has more settings.
struct SupervisionOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Whether a worker that ends is replaced: always, onFailure or never. (default: always)", valueName: "when"))
    var restart: String?

    @Option(
        help: ArgumentHelp("A worker that is not ready by then is stopped; 0: never. (default: 30s)", valueName: "time")
    )
    var readyTimeout: String?

    @Option(help: ArgumentHelp("A reload counts a worker as good after this time. (default: 1s)", valueName: "time"))
    var minReady: String?

    @Option(
        help: ArgumentHelp("After more failures than this in --period, give up; 0: never. (default: 0)", valueName: "n")
    )
    var intensity: String?

    @Option(help: ArgumentHelp("See --intensity. (default: 60s)", valueName: "time"))
    var period: String?

    @Option(
        help: ArgumentHelp(
            "What the agent does once all instances have given up: stay, or exit with 70. (default: stay)",
            valueName: "what"))
    var whenGivenUp: String?

    @Option(
        help: ArgumentHelp(
            "What happens to a worker whose event loop hangs: report or restart. (default: report)", valueName: "what"))
    var unresponsive: String?

    @Option(
        help: ArgumentHelp("Replace a worker with more resident memory: 512M, 2G. (default: none)", valueName: "size"))
    var maxMemory: String?

    @Option(help: ArgumentHelp("Replace a worker at this age: 12h, 7d. (default: none)", valueName: "time"))
    var maxAge: String?

    @Option(
        help: ArgumentHelp("From a worker's disconnect to SIGTERM; 0: no limit. (default: 30s)", valueName: "time"))
    var drainTimeout: String?

    @Option(help: ArgumentHelp("From SIGTERM to SIGKILL; 0: no limit. (default: 5s)", valueName: "time"))
    var killTimeout: String?

    /// The options that were given, by key.
    var values: [ConfigurationKey: [String]] {
        let values: [(ConfigurationKey, String?)] = [
            (.restart, restart), (.readyTimeout, readyTimeout), (.minReady, minReady), (.intensity, intensity),
            (.period, period), (.whenGivenUp, whenGivenUp), (.unresponsive, unresponsive), (.maxMemory, maxMemory),
            (.maxAge, maxAge), (.drainTimeout, drainTimeout), (.killTimeout, killTimeout),
        ]
        return values.reduce(into: [:]) { all, value in all[value.0] = value.1.map { [$0] } }
    }
}
