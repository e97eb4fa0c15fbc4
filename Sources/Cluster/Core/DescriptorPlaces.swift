// SPDX-License-Identifier: Apache-2.0

import Shared

/// What each of a worker's descriptors is, from 0 on.
struct DescriptorPlaces: Equatable {
    enum Entry: Equatable {
        case stdio(StdioEntry)
        /// The socket with this index among those that the worker is started with.
        case socket(Int)
    }

    /// SD_LISTEN_FDS_START (sd_listen_fds(3)).
    static let firstSocket = 3

    let entries: [Entry]

    /// The sockets stand right after the three standard descriptors. Other descriptors that `stdio` names move up.
    ///
    /// - Parameter hasChannel: without one, its place is left empty, or is not there if it would be the last.
    init(_ stdio: [StdioEntry], sockets: Int, hasChannel: Bool = true) {
        let stdio = hasChannel ? stdio : Self.withoutChannel(stdio)
        let places = stdio.map(Entry.stdio)
        guard sockets > 0 else {
            entries = places
            return
        }
        let moved = stdio.enumerated().dropFirst(Self.firstSocket).map { place, entry in
            // `inherit` means the agent's descriptor of the same number, so the old number must be named.
            Entry.stdio(entry == .inherit ? .descriptor(place) : entry)
        }
        let missing = Array(repeating: Entry.stdio(.ignore), count: max(0, Self.firstSocket - places.count))
        entries =
            places.prefix(Self.firstSocket) + missing + (0..<sockets).map(Entry.socket) + moved
    }

    private static func withoutChannel(_ stdio: [StdioEntry]) -> [StdioEntry] {
        let rest = stdio.last == .ipc ? stdio.dropLast() : stdio[...]
        return rest.map { $0 == .ipc ? .ignore : $0 }
    }

    /// Where the channel is.
    var channel: Int? { entries.firstIndex(of: .stdio(.ipc)) }
}
