// SPDX-License-Identifier: Apache-2.0

import Shared
import Testing

@testable import Cluster

@Suite struct WorkerEndTests {
    private var worker = WorkerHarness()

    @Test mutating func `at the primary's request a worker drains its listeners and leaves`() {
        let id = worker.listening()
        #expect(
            worker.after { $0.didReceiveDisconnect() } == ["emit leaving", "send close k 2", "close \(id.rawValue)"])
        #expect(worker.machine.exitedAfterDisconnect == true)
        #expect(worker.after { $0.didDrain(id) } == ["closeChannel"])
        #expect(worker.after { $0.didCloseChannel() } == ["emit disconnect"])
    }

    @Test mutating func `a worker that leaves by itself tells the primary before it closes the channel`() {
        let id = worker.listening()
        _ = worker.after { $0.disconnect() }
        #expect(worker.after { $0.didDrain(id) } == ["send exitedAfterDisconnect 3"])
        #expect(worker.machine.isConnected)
        #expect(
            worker.after { $0.didReceiveAnswer(PrimaryAnswer(acknowledged: 3), hasSocket: false) } == ["closeChannel"])
        #expect(!worker.machine.isConnected)
        #expect(worker.after { $0.didCloseChannel() } == ["emit disconnect"])
    }

    @Test mutating func `without listeners a worker leaves at once`() {
        #expect(worker.after { $0.didReceiveDisconnect() } == ["emit leaving", "closeChannel"])
    }

    @Test mutating func `a worker that is asked twice leaves once`() {
        _ = worker.listening()
        _ = worker.after { $0.didReceiveDisconnect() }
        #expect(worker.after { $0.disconnect() } == [])
        #expect(worker.after { $0.didReceiveDisconnect() } == [])
    }

    @Test mutating func `a listener that waits for the primary's answer is refused, because none will come`() {
        let id = worker.listen()
        #expect(
            worker.after { $0.didReceiveDisconnect() }
                == ["emit leaving", "refuse \(id.rawValue) leaving", "closeChannel"])
    }

    @Test mutating func `a listener that is still being opened is closed when it is open`() {
        let id = worker.listen()
        _ = worker.after { $0.didReceiveAnswer(PrimaryAnswer(acknowledged: 0, key: "k"), hasSocket: false) }
        #expect(worker.after { $0.didReceiveDisconnect() } == ["emit leaving"])
        #expect(worker.after { $0.didOpen(id, port: 8000) }.suffix(2) == ["send close k 2", "close \(id.rawValue)"])
        #expect(worker.after { $0.didDrain(id) } == ["closeChannel"])
    }

    @Test mutating func `a leaving worker cannot listen`() {
        _ = worker.after { $0.didReceiveDisconnect() }
        #expect(worker.after { $0.listen(WorkerHarness.request()) } == ["refuse 0 leaving"])
    }

    @Test mutating func `if the primary vanishes, the worker exits`() {
        _ = worker.listening()
        #expect(worker.after { $0.didCloseChannel() } == ["emit disconnect", "exit"])
        #expect(worker.machine.exitedAfterDisconnect == false)
    }

    @Test mutating func `if the primary vanishes during a question, nobody waits for ever`() {
        let id = worker.listen()
        #expect(
            worker.after { $0.didCloseChannel() } == ["refuse \(id.rawValue) leaving", "emit disconnect", "exit"])
    }

    @Test mutating func `if the primary vanishes while the worker leaves, its connections still finish`() {
        let id = worker.listening()
        _ = worker.after { $0.didReceiveDisconnect() }
        #expect(worker.after { $0.didCloseChannel() } == ["emit disconnect"])
        #expect(worker.after { $0.didDrain(id) } == [])
    }

    @Test mutating func `a worker that kills itself waits only for the primary and exits`() {
        _ = worker.listening()
        #expect(worker.after { $0.kill() } == ["send exitedAfterDisconnect 2"])
        #expect(
            worker.after { $0.didReceiveAnswer(PrimaryAnswer(acknowledged: 2), hasSocket: false) } == ["closeChannel"])
        #expect(worker.after { $0.didCloseChannel() } == ["emit disconnect", "exit"])
    }

    @Test mutating func `a worker that is killed while it leaves exits too`() {
        _ = worker.listening()
        _ = worker.after { $0.disconnect() }
        #expect(worker.after { $0.kill() } == ["send exitedAfterDisconnect 3"])
        #expect(worker.after { $0.didCloseChannel() } == ["emit disconnect", "exit"])
        #expect(worker.after { $0.kill() } == ["exit"])
    }

    @Test mutating func `the end of the channel comes once`() {
        _ = worker.after { $0.didReceiveDisconnect() }
        _ = worker.after { $0.didCloseChannel() }
        #expect(worker.after { $0.didCloseChannel() } == [])
    }
}
