// SPDX-License-Identifier: Apache-2.0

/// The place of a host's next event among those of all hosts.
struct EventPlace: Comparable {
    /// RFC 3339 in UTC with milliseconds. As text it sorts by time.
    let time: String?
    /// Of several events at one time, the first host's comes first.
    let host: Int
    let isReversed: Bool

    /// - Parameters:
    ///   - time: empty if it is not an event. Then it has the time of the host's event before it, so it neither delays
    ///     nor overtakes others.
    ///   - predecessor: the host's event before it.
    init(time: String, host: Int, isReversed: Bool, after predecessor: EventPlace? = nil) {
        self.time = time.isEmpty ? predecessor?.time : time
        self.host = host
        self.isReversed = isReversed
    }

    static func < (left: EventPlace, right: EventPlace) -> Bool {
        if left.time == right.time { return left.host < right.host }
        guard let leftTime = left.time, let rightTime = right.time else { return left.time == nil }
        return left.isReversed ? leftTime > rightTime : leftTime < rightTime
    }
}
