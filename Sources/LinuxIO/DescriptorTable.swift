// SPDX-License-Identifier: Apache-2.0

/// Keeps descriptors under tokens, so that others can name one without owning it or seeing its number.
///
/// A token of a descriptor that was removed is never valid again: each place counts its uses.
package final class DescriptorTable {
    /// Names a descriptor in one table.
    package struct Token: Hashable, Sendable {
        fileprivate let place: UInt32
        fileprivate let use: UInt32

        /// For those who keep tokens as plain numbers.
        package var rawValue: UInt64 { UInt64(use) << 32 | UInt64(place) }

        package init(rawValue: UInt64) {
            place = UInt32(truncatingIfNeeded: rawValue)
            use = UInt32(truncatingIfNeeded: rawValue >> 32)
        }

        fileprivate init(place: Int, use: UInt32) {
            self.place = UInt32(place)
            self.use = use
        }
    }

    private struct Place {
        var number: Int32
        var use: UInt32
    }

    private var places: [Place] = []
    private var free: [Int] = []

    package init() {}

    deinit {
        for place in places where place.number >= 0 { _ = OwnedFD(place.number) }
    }

    package var count: Int { places.count - free.count }

    /// Takes over `descriptor`.
    package func insert(_ descriptor: consuming OwnedFD) -> Token {
        let number = descriptor.relinquish()
        if let index = free.popLast() {
            places[index].number = number
            return Token(place: index, use: places[index].use)
        }
        places.append(Place(number: number, use: 0))
        return Token(place: places.count - 1, use: 0)
    }

    /// Gives the descriptor to the caller; nil if the token is not valid any more.
    package func remove(_ token: Token) -> OwnedFD? {
        guard let number = number(of: token) else { return nil }
        let index = Int(token.place)
        places[index].number = -1
        places[index].use &+= 1
        free.append(index)
        return OwnedFD(number)
    }

    func number(of token: Token) -> Int32? {
        let index = Int(token.place)
        guard index < places.count, places[index].use == token.use, places[index].number >= 0 else { return nil }
        return places[index].number
    }
}
