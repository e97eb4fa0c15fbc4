// SPDX-License-Identifier: Apache-2.0

extension Sequence<UInt8> {
    /// Writes two lower-case digits per byte.
    var hex: String {
        let digits = Array("0123456789abcdef")
        return String(flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] })
    }

    /// Random bytes from the system (getrandom(2)).
    static func random(_ count: Int) -> [UInt8] where Self == [UInt8] {
        var generator = SystemRandomNumberGenerator()
        return (0..<count).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
    }
}
