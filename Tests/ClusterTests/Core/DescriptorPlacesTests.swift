// SPDX-License-Identifier: Apache-2.0

import Shared
import Testing

@testable import Cluster

@Suite struct DescriptorPlacesTests {
    @Test func `without sockets the places are those of stdio`() {
        let places = DescriptorPlaces([.inherit, .ipc, .ignore], sockets: 0)
        #expect(places.entries == [.stdio(.inherit), .stdio(.ipc), .stdio(.ignore)] && places.channel == 1)
    }

    @Test func `sockets stand from 3 on and the channel behind them`() {
        let places = DescriptorPlaces([.inherit, .inherit, .inherit, .ipc], sockets: 2)
        #expect(places.entries.dropFirst(3) == [.socket(0), .socket(1), .stdio(.ipc)] && places.channel == 5)
    }

    @Test func `entries of stdio from 3 on move up`() {
        let places = DescriptorPlaces([.ignore, .ignore, .ignore, .descriptor(9), .ipc], sockets: 1)
        #expect(places.entries.dropFirst(3) == [.socket(0), .stdio(.descriptor(9)), .stdio(.ipc)])
        #expect(places.channel == 5)
    }

    @Test func `an inherited descriptor is named by its old number`() {
        let places = DescriptorPlaces([.inherit, .inherit, .inherit, .inherit, .ipc], sockets: 1)
        #expect(places.entries.dropFirst(2) == [.stdio(.inherit), .socket(0), .stdio(.descriptor(3)), .stdio(.ipc)])
    }

    @Test func `without a channel its place is empty or missing`() {
        let last = DescriptorPlaces([.inherit, .inherit, .inherit, .ipc], sockets: 1, hasChannel: false)
        #expect(last.entries.dropFirst(2) == [.stdio(.inherit), .socket(0)] && last.channel == nil)
        let amid = DescriptorPlaces([.ipc, .inherit, .inherit, .ipc], sockets: 1, hasChannel: false)
        #expect(amid.entries == [.stdio(.ignore), .stdio(.inherit), .stdio(.inherit), .socket(0)])
    }

    @Test func `a short stdio is filled up`() {
        let places = DescriptorPlaces([.ipc], sockets: 1)
        #expect(places.entries == [.stdio(.ipc), .stdio(.ignore), .stdio(.ignore), .socket(0)] && places.channel == 0)
    }
}
