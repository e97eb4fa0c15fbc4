// SPDX-License-Identifier: Apache-2.0

/// The text of a JavaScript date as `toISOString` writes it, for every date that JavaScript has (ECMA-262, 21.4.1).
///
/// Foundation's calendar turns Julian before 1582, JavaScript's does not. The arithmetic is that of H. Hinnant,
/// "chrono-Compatible Low-Level Date Algorithms".
enum DateText {
    private static let largest = 8.64e15
    private static let millisecondsADay: Int64 = 86_400_000

    /// The whole milliseconds of a JavaScript time. NaN if there is no such date (TimeClip).
    static func clip(_ milliseconds: Double) -> Double {
        // Adding 0 makes 0 of -0.
        milliseconds.magnitude <= largest ? milliseconds.rounded(.towardZero) + 0 : .nan
    }

    /// `2026-11-22T15:51:44.272Z`, with a sign and six digits outside of the years 0 to 9999. Nil if the date is not
    /// valid.
    static func text(milliseconds: Double) -> String? {
        guard milliseconds.magnitude <= largest, let whole = Int64(exactly: milliseconds) else { return nil }
        let time = ((whole % millisecondsADay) + millisecondsADay) % millisecondsADay
        let (year, month, day) = date(dayNumber: (whole - time) / millisecondsADay)
        let yearText =
            (0...9999).contains(year) ? padded(year, 4) : (year < 0 ? "-" : "+") + padded(abs(year), 6)
        let clock = "\(padded(time / 3_600_000, 2)):\(padded(time / 60_000 % 60, 2)):\(padded(time / 1000 % 60, 2))"
        return "\(yearText)-\(padded(month, 2))-\(padded(day, 2))T\(clock).\(padded(time % 1000, 3))Z"
    }

    /// Reads exactly what `text` writes.
    static func milliseconds(text: String) -> Double? {
        let bytes = Array(text.utf8)
        let isSigned = bytes.first == UInt8(ascii: "+") || bytes.first == UInt8(ascii: "-")
        let yearEnd = isSigned ? 7 : 4
        guard bytes.count == yearEnd + 20 else { return nil }
        func number(_ range: Range<Int>) -> Int64? {
            bytes[range].reduce(Int64?.some(0)) { number, byte in
                guard let number, byte >= UInt8(ascii: "0"), byte <= UInt8(ascii: "9") else { return nil }
                return number * 10 + Int64(byte - UInt8(ascii: "0"))
            }
        }
        func number(at offset: Int, _ digits: Int) -> Int64? {
            number(yearEnd + offset..<yearEnd + offset + digits)
        }
        guard let magnitude = number((isSigned ? 1 : 0)..<yearEnd), let month = number(at: 1, 2),
            let day = number(at: 4, 2), let hour = number(at: 7, 2), let minute = number(at: 10, 2),
            let second = number(at: 13, 2), let fraction = number(at: 16, 3)
        else { return nil }
        let year = bytes.first == UInt8(ascii: "-") ? -magnitude : magnitude
        let time = hour * 3_600_000 + minute * 60_000 + second * 1000 + fraction
        let milliseconds = Double(dayNumber(year: year, month: month, day: day) * millisecondsADay + time)
        // Whatever is out of its range or not punctuated right does not come out as it went in.
        return Self.text(milliseconds: milliseconds) == text ? milliseconds : nil
    }

    /// Year, month and day of the `dayNumber`th day from 1970-01-01 on, in the proleptic Gregorian calendar.
    ///
    /// Years begin in March here, so that the leap day is a year's last. They repeat after 400 years or 146,097 days.
    private static func date(dayNumber: Int64) -> (year: Int64, month: Int64, day: Int64) {
        let shifted = dayNumber + daysToMarchOfYear0
        let cycle = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let dayOfCycle = shifted - cycle * 146_097
        let yearOfCycle =
            (dayOfCycle - dayOfCycle / 1460 + dayOfCycle / 36_524 - dayOfCycle / 146_096) / 365
        let dayOfYear = dayOfCycle - (365 * yearOfCycle + yearOfCycle / 4 - yearOfCycle / 100)
        let monthFromMarch = (5 * dayOfYear + 2) / 153
        let month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
        let year = cycle * 400 + yearOfCycle + (month <= 2 ? 1 : 0)
        return (year, month, dayOfYear - (153 * monthFromMarch + 2) / 5 + 1)
    }

    /// The inverse of `date`; a month or day out of range gives some other day.
    private static func dayNumber(year: Int64, month: Int64, day: Int64) -> Int64 {
        let yearFromMarch = month <= 2 ? year - 1 : year
        let cycle = (yearFromMarch >= 0 ? yearFromMarch : yearFromMarch - 399) / 400
        let yearOfCycle = yearFromMarch - cycle * 400
        let monthFromMarch = month > 2 ? month - 3 : month + 9
        let dayOfYear = (153 * monthFromMarch + 2) / 5 + day - 1
        return cycle * 146_097 + yearOfCycle * 365 + yearOfCycle / 4 - yearOfCycle / 100 + dayOfYear
            - daysToMarchOfYear0
    }

    /// From 0000-03-01 to 1970-01-01.
    private static let daysToMarchOfYear0: Int64 = 719_468

    private static func padded(_ number: Int64, _ digits: Int) -> String {
        let text = String(number)
        return String(repeating: "0", count: max(0, digits - text.utf8.count)) + text
    }
}
