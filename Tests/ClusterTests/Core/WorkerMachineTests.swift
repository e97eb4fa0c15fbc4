// SPDX-License-Identifier: Apache-2.0

import Shared
import Testing

@testable import Cluster

@Suite struct WorkerMachineTests {
    private var worker = WorkerHarness()

    @Test mutating func `a worker says that it is online before anything else`() {
        #expect(worker.after { $0.didStart() } == ["send online 0"])
    }

    // MARK: Listening

    @Test mutating func `a worker asks the primary, opens the answered socket, and reports it`() {
        #expect(worker.after { $0.listen(WorkerHarness.request()) } == ["send query 8000 index 0 0"])
        let answer = PrimaryAnswer(
            acknowledged: 0, key: "k", name: BoundName(family: "IPv4", address: "::", port: 8000))
        #expect(worker.after { $0.didReceiveAnswer(answer, hasSocket: false) } == ["openFed 0"])
        #expect(
            worker.after { $0.didOpen(ListenerID(rawValue: 0), port: 8000) }
                == ["send listening index 0 port 8000 1", "emit listening 8000"])
        #expect(worker.machine.listener(of: "k") == ListenerID(rawValue: 0))
    }

    @Test mutating func `a worker accepts from the socket that comes with the answer`() {
        let id = worker.listen()
        #expect(
            worker.after { $0.didReceiveAnswer(PrimaryAnswer(acknowledged: 0, key: "k"), hasSocket: true) }
                == ["openShared \(id.rawValue)"])
    }

    @Test mutating func `a bind that fails in the primary is an error, and the next try has the same index`() {
        let id = worker.listen()
        #expect(
            worker.after { $0.didReceiveAnswer(PrimaryAnswer(acknowledged: 0, errno: 98), hasSocket: false) }
                == ["refuse \(id.rawValue) refused(errno: 98)"])
        #expect(worker.after { $0.listen(WorkerHarness.request()) } == ["send query 8000 index 0 1"])
    }

    @Test mutating func `a socket that cannot be used is given back`() {
        let id = worker.listen()
        _ = worker.after { $0.didReceiveAnswer(PrimaryAnswer(acknowledged: 0, key: "k"), hasSocket: true) }
        #expect(
            worker.after { $0.didFailOpening(id, errno: 22) }
                == ["send close k 1", "refuse \(id.rawValue) refused(errno: 22)"])
    }

    @Test mutating func `two listeners on port 0 are two ports, and a closed one frees its index`() {
        let first = worker.listening(port: 0, key: "a")
        let second = worker.listening(port: 0, key: "b")
        #expect(worker.machine.listeners[second]?.index == 1)
        for id in [first, second] { _ = worker.after { $0.closeListener(id) } }
        let third = worker.listen(port: 0)
        #expect(worker.machine.listeners[third]?.index == 0)
    }

    @Test mutating func `a worker knows its places; port 0 is another port each time`() {
        _ = worker.listening(port: 8000, key: "a")
        _ = worker.listening(port: 0, key: "b")
        let places = [8000, 0, 8001].map { WorkerHarness.request(port: $0).place }
        #expect(places.map { worker.machine.listens(at: $0) } == [true, false, false])
    }

    @Test mutating func `an exclusive listener does not concern the primary`() {
        #expect(worker.after { $0.listen(WorkerHarness.request(exclusive: true)) } == ["bind 0"])
        let id = ListenerID(rawValue: 0)
        #expect(worker.after { $0.didOpen(id, port: 8000) } == ["emit listening 8000"])
        #expect(worker.after { $0.closeListener(id) } == ["close 0"])
    }

    @Test mutating func `an answer without a question is ignored, and its socket closed`() {
        let answer = PrimaryAnswer(acknowledged: 7, key: "k")
        #expect(worker.after { $0.didReceiveAnswer(answer, hasSocket: false) } == [])
        #expect(worker.after { $0.didReceiveAnswer(answer, hasSocket: true) } == ["dropDescriptor"])
    }

    @Test mutating func `a closed listener gets no connections`() {
        let id = worker.listening()
        #expect(worker.after { $0.closeListener(id) } == ["send close k 2", "close \(id.rawValue)"])
        #expect(worker.machine.listener(of: "k") == nil)
        #expect(worker.after { $0.closeListener(id) } == [])
    }
}
