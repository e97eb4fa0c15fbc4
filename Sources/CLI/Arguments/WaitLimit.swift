// SPDX-License-Identifier: Apache-2.0

internal import ArgumentParser

/// `--wait-timeout`: how long to wait for an operation.
struct WaitLimit: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Stop waiting after this time; the operation continues, and the exit code is 124. (default: no limit)",
            valueName: "duration"), transform: DurationArgument.parse)
    var waitTimeout: DurationArgument?

    var duration: Duration? { waitTimeout?.duration }
}
