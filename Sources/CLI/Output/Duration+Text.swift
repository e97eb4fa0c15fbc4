// SPDX-License-Identifier: Apache-2.0

extension Duration {
    /// Rounded down to what fits.
    var wholeMilliseconds: Int64 {
        let (seconds, attoseconds) = components
        let (whole, overflow) = seconds.multipliedReportingOverflow(by: 1000)
        return overflow
            ? (seconds < 0 ? .min : .max)
            : whole.addingReportingOverflow(attoseconds / 1_000_000_000_000_000).partialValue
    }

    /// For people, in at most two units: `300ms`, `42s`, `5m07s`, `2h05m`, `3d04h`.
    var text: String {
        let milliseconds = max(0, wholeMilliseconds)
        let seconds = milliseconds / 1000
        func pair(_ high: Int64, _ highUnit: String, _ low: Int64, _ lowUnit: String) -> String {
            low == 0 ? "\(high)\(highUnit)" : "\(high)\(highUnit)\(low < 10 ? "0" : "")\(low)\(lowUnit)"
        }
        return switch seconds {
        case 0: milliseconds == 0 ? "0s" : "\(milliseconds)ms"
        case ..<60: milliseconds % 1000 == 0 || seconds >= 10 ? "\(seconds)s" : "\(milliseconds)ms"
        case ..<3600: pair(seconds / 60, "m", seconds % 60, "s")
        case ..<86400: pair(seconds / 3600, "h", seconds / 60 % 60, "m")
        default: pair(seconds / 86400, "d", seconds / 3600 % 24, "h")
        }
    }
}
