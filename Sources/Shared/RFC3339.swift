// SPDX-License-Identifier: Apache-2.0

/// A time as RFC 3339 writes it. Foundation's parser takes 30 February, 25 o'clock, and anything after the zone.
struct RFC3339 {
    let milliseconds: Int64

    init(milliseconds: Int64) {
        self.milliseconds = milliseconds
    }

    /// Reads `2026-11-22T15:51:44.272Z`. As section 5.6 allows, `t` and `z` may be small, a space may replace the `T`,
    /// and an offset such as `+05:30` may replace the `Z`.
    init?(_ text: String) {
        var fields = Fields(text: Array(text.utf8)[...])
        guard let year = fields.number(4), fields.take("-"), let month = fields.number(2), fields.take("-"),
            let day = fields.number(2), fields.take("T", "t", " "), let hour = fields.number(2), fields.take(":"),
            let minute = fields.number(2), fields.take(":"), let second = fields.number(2),
            let fraction = fields.fraction(), let offset = fields.offset(), fields.isAtEnd,
            (1...12).contains(month), (1...Self.days(in: month, of: year)).contains(day), hour < 24, minute < 60
        else { return nil }
        let days = Self.days(to: year, month, day)
        let minutes = (days * 24 + hour) * 60 + minute - offset
        // A leap second occurs only at the end of a day in UTC. As in POSIX, it counts as the following second.
        guard second < 60 || second == 60 && (minutes + 1) % (24 * 60) == 0 else { return nil }
        milliseconds = (minutes * 60 + second) * 1000 + fraction
    }

    private static func isLeap(_ year: Int64) -> Bool {
        year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
    }

    private static func days(in month: Int64, of year: Int64) -> Int64 {
        switch month {
        case 2: isLeap(year) ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }

    /// Days of the Gregorian calendar from 1970-01-01. Years are counted from March here, so that a leap day is the
    /// last of its year; 719468 days lead from 0000-03-01 to 1970-01-01, and 400 years have 146097.
    private static func days(to year: Int64, _ month: Int64, _ day: Int64) -> Int64 {
        let year = month <= 2 ? year - 1 : year
        let era = floorDivision(year, 400)
        let yearOfEra = year - era * 400
        let dayOfYear = (153 * ((month + 9) % 12) + 2) / 5 + day - 1
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
    }

    /// The inverse of ``days(to:_:_:)``.
    private static func date(of days: Int64) -> (year: Int64, month: Int64, day: Int64) {
        let days = days + 719_468
        let era = floorDivision(days, 146_097)
        let dayOfEra = days - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let month = (5 * dayOfYear + 2) / 153
        let year = era * 400 + yearOfEra + (month >= 10 ? 1 : 0)
        return (year, month < 10 ? month + 3 : month - 9, dayOfYear - (153 * month + 2) / 5 + 1)
    }

    fileprivate static func floorDivision(_ number: Int64, _ divisor: Int64) -> Int64 {
        let (quotient, remainder) = number.quotientAndRemainder(dividingBy: divisor)
        return remainder < 0 ? quotient - 1 : quotient
    }
}

extension RFC3339: CustomStringConvertible {
    /// In UTC, with milliseconds.
    var description: String {
        let days = Self.floorDivision(milliseconds, 86_400_000)
        let time = (milliseconds % 86_400_000 + 86_400_000) % 86_400_000
        let date = Self.date(of: days)
        func padded(_ number: Int64, _ width: Int) -> String {
            let digits = String(number.magnitude)
            return (number < 0 ? "-" : "") + String(repeating: "0", count: max(0, width - digits.count)) + digits
        }
        return "\(padded(date.year, 4))-\(padded(date.month, 2))-\(padded(date.day, 2))T\(padded(time / 3_600_000, 2)):"
            + "\(padded(time / 60_000 % 60, 2)):\(padded(time / 1000 % 60, 2)).\(padded(time % 1000, 3))Z"
    }
}

/// The unread rest of a time.
private struct Fields {
    var text: ArraySlice<UInt8>

    var isAtEnd: Bool { text.isEmpty }

    mutating func take(_ characters: Unicode.Scalar...) -> Bool {
        guard let first = text.first, characters.contains(Unicode.Scalar(first)) else { return false }
        text.removeFirst()
        return true
    }

    /// Exactly this many digits.
    mutating func number(_ count: Int) -> Int64? {
        let digits = text.prefix(count)
        guard digits.count == count, digits.allSatisfy(Self.isDigit) else { return nil }
        text.removeFirst(count)
        return digits.reduce(0) { $0 * 10 + Int64($1 - UInt8(ascii: "0")) }
    }

    /// Milliseconds. Nil for a point without digits.
    mutating func fraction() -> Int64? {
        guard take(".") else { return 0 }
        let digits = text.prefix(while: Self.isDigit)
        guard !digits.isEmpty else { return nil }
        text.removeFirst(digits.count)
        return (Array(digits.prefix(3)) + [0x30, 0x30]).prefix(3).reduce(0) { $0 * 10 + Int64($1 - 0x30) }
    }

    /// Minutes east of UTC.
    mutating func offset() -> Int64? {
        if take("Z", "z") { return 0 }
        let isEast = take("+")
        guard isEast || take("-"), let hours = number(2), take(":"), let minutes = number(2), hours < 24, minutes < 60
        else { return nil }
        return (isEast ? 1 : -1) * (hours * 60 + minutes)
    }

    private static func isDigit(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
    }
}
