// SPDX-License-Identifier: Apache-2.0

/// A moment as people write it: RFC 3339, a date (its first moment in UTC), or an age such as `15m`.
package enum WrittenMoment {
    /// Nil if the text is none of these.
    ///
    /// - Parameter now: what an age is counted from.
    package static func time(_ text: String, now: Timestamp) -> Timestamp? {
        // A number alone might be a year.
        if text.last?.isLetter ?? false, let age = WrittenTime.milliseconds(text, atMost: WrittenTime.longest), age > 0
        {
            return Timestamp(milliseconds: now.milliseconds - Int64(age))
        }
        return Timestamp(text) ?? Timestamp(text + "T00:00:00Z")
    }
}
