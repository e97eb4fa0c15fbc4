// SPDX-License-Identifier: Apache-2.0

/// The sample cut short, and with one byte left out, put in or changed, at each place.
func mutations(of sample: [UInt8], with bytes: [UInt8]) -> [[UInt8]] {
    var variants: [[UInt8]] = []
    for place in sample.indices {
        variants += [Array(sample[..<place]), Array(sample[..<place] + sample[(place + 1)...])]
        for byte in bytes {
            variants.append(Array(sample[..<place] + [byte] + sample[place...]))
            variants.append(Array(sample[..<place] + [byte] + sample[(place + 1)...]))
        }
    }
    return variants
}
