// SPDX-License-Identifier: Apache-2.0

import TestSupport
import Testing

@testable import CLI

struct HostRollTests {
    @Test func `as many hosts begin as there is room for, in their order`() {
        var roll = HostRoll(["a", "b", "c"], width: 2, stopsOnFailure: true)
        #expect(roll.begin() == ["a", "b"] && roll.begin().isEmpty)
        #expect(roll.toCome == ["c"] && !roll.isOver)
        roll.didEnd("b", succeeded: true)
        #expect(roll.begin() == ["c"])
        roll.didEnd("a", succeeded: true)
        roll.didEnd("c", succeeded: true)
        #expect(roll.isOver && roll.done == ["a", "b", "c"] && roll.summary == ["done: a, b, c"])
    }

    @Test func `nothing begins after a failure, and what has begun may end`() {
        var roll = HostRoll(["a", "b", "c", "d"], width: 2, stopsOnFailure: true)
        _ = roll.begin()
        roll.didEnd("a", succeeded: false)
        #expect(roll.begin().isEmpty && !roll.isOver && roll.toCome.isEmpty)
        roll.didEnd("b", succeeded: true)
        #expect(roll.isOver && roll.summary == ["done: b", "failed: a", "not started: c, d"])
    }

    @Test func `without the stop all hosts have their turn`() {
        var roll = HostRoll(["a", "b"], width: 1, stopsOnFailure: false)
        #expect(roll.begin() == ["a"])
        roll.didEnd("a", succeeded: false)
        #expect(roll.begin() == ["b"])
    }

    @Test(arguments: [true, false])
    func `canaries come first, and the others only if all canaries succeed`(stopsOnFailure: Bool) {
        var roll = HostRoll(["a", "b", "c", "d"], canaries: ["c", "b"], width: 3, stopsOnFailure: stopsOnFailure)
        #expect(roll.begin() == ["b", "c"])
        roll.didEnd("c", succeeded: true)
        #expect(roll.begin().isEmpty && !roll.isOver)
        var failing = roll
        failing.didEnd("b", succeeded: false)
        #expect(failing.begin().isEmpty && failing.isOver && failing.notStarted == ["a", "d"])
        roll.didEnd("b", succeeded: true)
        #expect(roll.begin() == ["a", "d"])
    }

    @Test func `each host has at most one turn, and the limits hold in any roll`() {
        var random = SeededGenerator(seed: 17)
        for _ in 0..<1000 {
            let hosts = (0..<Int.random(in: 1...8, using: &random)).map { "h\($0)" }
            let canaries = Set(hosts.filter { _ in Int.random(in: 0..<4, using: &random) == 0 })
            let (width, stops) = (Int.random(in: 1...4, using: &random), Bool.random(using: &random))
            var roll = HostRoll(hosts, canaries: canaries, width: width, stopsOnFailure: stops)
            var begun: [String] = []
            var running: [String] = []
            var failed: Set<String> = []
            while true {
                let next = roll.begin()
                #expect(next.isEmpty || failed.isDisjoint(with: canaries) && !(stops && !failed.isEmpty))
                begun += next
                running += next
                #expect(running.count <= width)
                if !canaries.isSubset(of: roll.done) { #expect(canaries.isSuperset(of: begun)) }
                guard let host = running.randomElement(using: &random) else { break }
                running.removeAll { $0 == host }
                let succeeded = Int.random(in: 0..<4, using: &random) > 0
                if !succeeded { failed.insert(host) }
                roll.didEnd(host, succeeded: succeeded)
            }
            #expect(roll.isOver && Set(begun).count == begun.count)
            #expect(Set(roll.done + roll.failed + roll.notStarted) == Set(hosts))
            #expect(Set(roll.notStarted).isDisjoint(with: begun))
            if failed.isEmpty { #expect(roll.notStarted.isEmpty) }
        }
    }
}
