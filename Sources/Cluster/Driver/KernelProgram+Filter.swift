// SPDX-License-Identifier: Apache-2.0

import LinuxIO

extension KernelProgram {
    /// The program as the kernel reads it.
    var filter: [FilterInstruction] { instructions.map(\.filter) }
}

extension KernelProgram.Instruction {
    /// linux/bpf_common.h
    fileprivate var filter: FilterInstruction {
        switch self {
        case .load(let place): FilterInstruction(0x20, UInt32(bitPattern: place))
        case .loadByte(let place): FilterInstruction(0x30, UInt32(bitPattern: place))
        case .copyToX: FilterInstruction(0x07)
        case .exclusiveOrWithX: FilterInstruction(0xac)
        case .remainder(let divisor): FilterInstruction(0x94, divisor)
        case .multiply(let factor): FilterInstruction(0x24, factor)
        case .shiftRight(let bits): FilterInstruction(0x74, bits)
        case .jump(let distance): FilterInstruction(0x05, distance)
        case .jumpIfAtLeast(let bound, let then, let otherwise):
            FilterInstruction(0x35, bound, ifTrue: then, ifFalse: otherwise)
        case .jumpIfEqual(let value, let then, let otherwise):
            FilterInstruction(0x15, value, ifTrue: then, ifFalse: otherwise)
        case .returnA: FilterInstruction(0x16)
        case .returnNumber(let number): FilterInstruction(0x06, number)
        }
    }
}
