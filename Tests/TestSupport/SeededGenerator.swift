// SPDX-License-Identifier: Apache-2.0

/// SplitMix64: the same numbers in every run, so that a failure can be repeated.
public struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    public init(seed: UInt64) {
        state = seed
    }

    public mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    /// Changes, removes, doubles or inserts one to four bytes or runs of bytes.
    public mutating func mutate(_ original: [UInt8], alphabet: [UInt8]) -> [UInt8] {
        var bytes = original
        for _ in 0..<Int.random(in: 1...4, using: &self) {
            let place = Int.random(in: 0...bytes.count, using: &self)
            let byte = alphabet.randomElement(using: &self) ?? 0
            switch Int.random(in: 0..<6, using: &self) {
            case 0: bytes.insert(byte, at: place)
            case 1 where place < bytes.count: bytes[place] = byte
            case 2 where place < bytes.count: bytes[place] ^= 1 << UInt8.random(in: 0..<8, using: &self)
            case 3 where place < bytes.count: bytes.remove(at: place)
            case 4: bytes.removeLast(min(bytes.count - place, 4))
            default:
                let length = min(bytes.count - place, Int.random(in: 0...8, using: &self))
                bytes.insert(contentsOf: bytes[place..<place + length], at: place)
            }
        }
        return bytes
    }
}
