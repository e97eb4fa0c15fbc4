// SPDX-License-Identifier: Apache-2.0

/// The three numbers that JSON lacks, by JavaScript's names.
enum NonFinite: String, CustomStringConvertible {
    case nan = "NaN"
    case infinity = "Infinity"
    case negativeInfinity = "-Infinity"

    init(_ number: Double) {
        self = number.isNaN ? .nan : number > 0 ? .infinity : .negativeInfinity
    }

    var number: Double {
        switch self {
        case .nan: .nan
        case .infinity: .infinity
        case .negativeInfinity: -.infinity
        }
    }

    var description: String { rawValue }
}
