// SPDX-License-Identifier: Apache-2.0

/// A classic BPF program as values (Linux, Documentation/networking/filter.rst). It returns the number of the socket, in
/// the order in which the sockets of a port began to listen, that gets a connection (socket(7), SO_ATTACH_REUSEPORT_CBPF).
struct KernelProgram: Hashable, Sendable {
    /// What one instruction does. `A` is the accumulator, and each jump counts from the instruction after it.
    enum Instruction: Hashable, Sendable {
        /// A = the word at this place of the packet.
        case load(at: Int32)
        /// A = the byte at this place of the packet.
        case loadByte(at: Int32)
        /// X = A
        case copyToX
        case exclusiveOrWithX
        case remainder(UInt32)
        case multiply(UInt32)
        case shiftRight(UInt32)
        case jump(UInt32)
        case jumpIfAtLeast(UInt32, then: UInt8, else: UInt8)
        case jumpIfEqual(UInt32, then: UInt8, else: UInt8)
        case returnA
        case returnNumber(UInt32)
    }

    /// BPF_MAXINSNS of the kernel.
    static let longest = 4096
    /// The network header and the kernel's own values (linux/filter.h: SKF_NET_OFF, SKF_AD_OFF, SKF_AD_RANDOM).
    static let networkHeader: Int32 = -0x10_0000
    static let random: Int32 = -0x1000 + 56

    private(set) var instructions: [Instruction] = []
    /// Whether it tells clients apart.
    private(set) var isSticky = false

    /// - Parameters:
    ///   - entrances: the sockets that new connections may enter, with their instances.
    ///   - table: which instance has which clients; nil if any socket may get any client.
    init(_ entrances: [(place: Int, instance: Int?)], _ table: StickyTable?) {
        var places: [Int: Int] = [:]
        for (place, instance) in entrances { if let instance { places[instance] = place } }
        let sockets = table?.owners.compactMap { places[$0] } ?? []
        self = sockets.count == StickyTable.buckets ? .sticky(sockets) : .even(over: entrances.map(\.place))
    }

    private init() {}

    /// Each socket of `sockets` gets the same number of connections.
    static func even(over sockets: [Int]) -> KernelProgram {
        var program = KernelProgram()
        guard sockets.count > 1 else {
            program.instructions = [.returnNumber(UInt32(sockets.first ?? 0))]
            return program
        }
        program.instructions = [.load(at: random), .remainder(UInt32(sockets.count))]
        program.select(from: sockets)
        return program
    }

    /// Each client address has its bucket, and each bucket its socket.
    ///
    /// - Parameter sockets: one for each bucket.
    static func sticky(_ sockets: [Int]) -> KernelProgram {
        var program = KernelProgram()
        program.isSticky = true
        let version = networkHeader
        program.instructions = [
            .loadByte(at: version), .shiftRight(4),
            // IPv4: the source address is one word.
            .jumpIfEqual(4, then: 0, else: 2), .load(at: networkHeader + 12), .jump(10),
            .load(at: networkHeader + 8), .copyToX, .load(at: networkHeader + 12), .exclusiveOrWithX, .copyToX,
            .load(at: networkHeader + 16), .exclusiveOrWithX, .copyToX, .load(at: networkHeader + 20),
            .exclusiveOrWithX,
            .multiply(StickyTable.multiplier), .shiftRight(StickyTable.shift),
        ]
        program.select(from: sockets)
        return program
    }

    /// Returns the element whose number is in A. Comparisons halve the list. A socket that stands at several places has
    /// one return for all, because the kernel bounds the memory of a program (sysctl net.core.optmem_max).
    private mutating func select(from sockets: [Int]) {
        if sockets == Array(0..<sockets.count) { return instructions.append(.returnA) }
        var runs: [(start: Int, socket: Int)] = []
        for (index, socket) in sockets.enumerated() where runs.last?.socket != socket { runs.append((index, socket)) }
        let steps = Self.choice(runs[...])
        let uses = Dictionary(runs.map { ($0.socket, 1) }, uniquingKeysWith: +)
        let shared = uses.filter { $0.value > 1 }.keys.sorted()
        let places = Dictionary(uniqueKeysWithValues: shared.enumerated().map { ($0.element, steps.count + $0.offset) })
        for (place, step) in steps.enumerated() {
            switch step {
            case .compare(let instruction): instructions.append(instruction)
            case .result(let socket):
                let shared = places[socket].map { Instruction.jump(UInt32($0 - place - 1)) }
                instructions.append(shared ?? .returnNumber(UInt32(socket)))
            }
        }
        instructions += shared.map { .returnNumber(UInt32($0)) }
    }

    /// One instruction of a choice.
    private enum Step {
        case compare(Instruction)
        /// The choice is made.
        case result(Int)
    }

    private static func choice(_ runs: ArraySlice<(start: Int, socket: Int)>) -> [Step] {
        guard runs.count > 1 else { return [.result(runs.first?.socket ?? 0)] }
        let middle = runs.startIndex + runs.count / 2
        let low = choice(runs[..<middle])
        let high = choice(runs[middle...])
        let bound = UInt32(runs[middle].start)
        // A conditional jump has one byte for its distance.
        if let distance = UInt8(exactly: low.count) {
            return [.compare(.jumpIfAtLeast(bound, then: distance, else: 0))] + low + high
        }
        return [.compare(.jumpIfAtLeast(bound, then: 0, else: 1)), .compare(.jump(UInt32(low.count)))] + low + high
    }
}
