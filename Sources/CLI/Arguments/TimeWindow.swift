// SPDX-License-Identifier: Apache-2.0

internal import ArgumentParser
internal import Shared

/// From when to when a history is wanted.
struct TimeWindow: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Not before this time: an age such as 15m, 2h, 7d, a date (2027-01-01, UTC), or a time of RFC 3339.",
            valueName: "time"), transform: MomentArgument.parse)
    var since: MomentArgument?

    @Option(help: ArgumentHelp("Before this time.", valueName: "time"), transform: MomentArgument.parse)
    var until: MomentArgument?
}
