// SPDX-License-Identifier: Apache-2.0

/// Which instance has which clients. A client belongs to a bucket, and a bucket to one of the instances that are there.
///
/// It is rendezvous hashing (Thaler and Ravishankar, 1996): of all instances, the one with the highest weight for the bucket
/// has it. So if an instance comes or goes, only its own clients move.
struct StickyTable: Hashable, Sendable {
    /// Few enough for one program of the kernel's, and enough for instances to have equal shares.
    static let buckets = 1024

    private var instances: Set<Int> = []
    /// The instance of each bucket. Empty if there is no instance.
    private(set) var owners: [Int] = []

    init(_ instances: Set<Int>) {
        update(instances)
    }

    func owner(of bucket: Int) -> Int? { owners.isEmpty ? nil : owners[bucket] }

    /// Only the clients of instances that come or go are looked at again: a thousand of them may come one after the other.
    mutating func update(_ new: Set<Int>) {
        guard new != instances else { return }
        let come = instances.isEmpty ? new : new.subtracting(instances)
        let gone = instances.subtracting(new)
        guard !new.isEmpty else {
            self = StickyTable()
            return
        }
        if owners.isEmpty { owners = Array(repeating: Self.nobody, count: Self.buckets) }
        for bucket in owners.indices {
            let isLost = gone.contains(owners[bucket])
            if isLost { owners[bucket] = Self.nobody }
            for instance in isLost ? new : come
            where owners[bucket] == Self.nobody || Self.isHeavier(instance, than: owners[bucket], for: bucket) {
                owners[bucket] = instance
            }
        }
        instances = new
    }

    private init() {}

    /// No instance has this number.
    private static let nobody = -1

    private static func isHeavier(_ instance: Int, than other: Int, for bucket: Int) -> Bool {
        let weights = (weight(bucket, instance), weight(bucket, other))
        return weights.0 == weights.1 ? instance < other : weights.0 > weights.1
    }

    /// The finalizer of SplitMix64 (Steele, Lea and Flood, 2014) mixes both numbers.
    private static func weight(_ bucket: Int, _ instance: Int) -> UInt64 {
        var bits = UInt64(bucket) << 32 ^ UInt64(truncatingIfNeeded: instance) &* 0x9E37_79B9_7F4A_7C15
        bits = (bits ^ bits >> 30) &* 0xBF58_476D_1CE4_E5B9
        bits = (bits ^ bits >> 27) &* 0x94D0_49BB_1331_11EB
        return bits ^ bits >> 31
    }

    /// The bucket of a client's address, as the kernel's program finds it: an IPv4 address is one word, an IPv6 address four
    /// words that are combined.
    static func bucket(ofWord word: UInt32) -> Int { Int((word &* multiplier) >> shift) }

    /// Knuth's multiplicative hashing: the highest bits of the product depend on all bits of the word.
    static let multiplier: UInt32 = 2_654_435_761
    static let shift: UInt32 = 22
}
