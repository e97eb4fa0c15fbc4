// SPDX-License-Identifier: Apache-2.0

@testable import Cluster

/// The kernel's part, as an interpreter.
extension KernelProgram {
    /// What the program returns.
    ///
    /// - Parameters:
    ///   - random: what the kernel draws.
    ///   - header: the packet's network header.
    func run(random: UInt32 = 0, header: [UInt8] = []) -> UInt32 {
        var (accumulator, index, place): (UInt32, UInt32, Int) = (0, 0, 0)
        func byte(_ offset: Int32) -> UInt32 { UInt32(header[Int(offset - Self.networkHeader)]) }
        while true {
            let instruction = instructions[place]
            place += 1
            switch instruction {
            case .load(Self.random): accumulator = random
            case .load(let offset): accumulator = (0..<4).reduce(0) { $0 << 8 | byte(offset + $1) }
            case .loadByte(let offset): accumulator = byte(offset)
            case .copyToX: index = accumulator
            case .exclusiveOrWithX: accumulator ^= index
            case .remainder(let divisor): accumulator %= divisor
            case .multiply(let factor): accumulator = accumulator &* factor
            case .shiftRight(let bits): accumulator >>= bits
            case .jump(let distance): place += Int(distance)
            case .jumpIfAtLeast(let bound, let then, let otherwise):
                place += Int(accumulator >= bound ? then : otherwise)
            case .jumpIfEqual(let value, let then, let otherwise):
                place += Int(accumulator == value ? then : otherwise)
            case .returnA: return accumulator
            case .returnNumber(let number): return number
            }
        }
    }

    /// The sockets that it may return.
    var results: Set<Int> {
        var results: Set<Int> = []
        for instruction in instructions {
            switch instruction {
            case .returnNumber(let number): results.insert(Int(number))
            case .returnA:
                let bound = instructions.compactMap { if case .remainder(let bound) = $0 { Int(bound) } else { nil } }
                results.formUnion(0..<(bound.first ?? 0))
            default: break
            }
        }
        return results
    }
}
