// SPDX-License-Identifier: Apache-2.0

/// Where a host's next event stands among those of all hosts.
struct EventPlace: Comparable {
    /// RFC 3339 in UTC with milliseconds, which as text sorts like the time.
    let time: String
    /// Of several events at one time the first host's comes first.
    let host: Int
    let isReversed: Bool

    static func < (left: EventPlace, right: EventPlace) -> Bool {
        if left.time == right.time { return left.host < right.host }
        return left.isReversed ? left.time > right.time : left.time < right.time
    }
}
