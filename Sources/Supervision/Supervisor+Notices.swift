// SPDX-License-Identifier: Apache-2.0

import Cluster
import Shared

// What the primary tells the supervisor, and what the supervisor tells it about future workers.
extension Supervisor {
    /// Begins to observe the primary, and records the workers that are there already.
    func observe() {
        guard phase == .new else { return }
        phase = .observing
        let listening = primary.assumeIsolated { primary in
            primary.observe { notice in self.assumeIsolated { $0.take(notice) } }
            return primary.workers.filter { $0.listeningAt != nil }.map(\.id)
        }
        for worker in listening { machine.didSign(worker, .listening, at: .now) }
    }

    private func take(_ notice: PrimaryNotice) {
        notices.append(notice)
        work()
    }

    func report(_ notice: PrimaryNotice) {
        switch notice {
        case .event(let event): report(event)
        case .closedServers(let worker):
            switch processes[worker].flatMap({ revisions[$0]?.revision.readiness }) {
            case .automatic, .listening: machine.didLoseReadiness(worker, at: .now)
            case .online, .message, .notify, .immediately, nil: break
            }
        case .didAskToEnd(let worker, let requestID): machine.didAskToEnd(worker, origin: requestID, at: .now)
        case .listens(let worker):
            machine.didSign(worker, .listening, at: .now)
            noteSpeaker(worker)
        case .saidReady(let worker): machine.didSign(worker, .message, at: .now)
        case .notifiedReady(let worker): machine.didSign(worker, .notify, at: .now)
        case .heartbeat(let worker, let number):
            awaited.remove(worker)
            machine.didAnswerHeartbeat(worker, number: number, at: .now)
        case .didSetUp: setUp()
        case .didDisconnect(let worker, let requestID): machine.disconnect(worker, origin: requestID, at: .now)
        case .didDisconnectAll(let requestID): machine.disconnectAll(origin: requestID, at: .now)
        case .willStop: stop()
        }
    }

    private func report(_ event: PrimaryEvent) {
        guard let worker = event.workerID else { return }
        switch event.kind {
        case .online:
            machine.didSign(worker, .online, at: .now)
            noteSpeaker(worker)
        case .disconnect:
            machine.didDisconnect(worker, at: .now)
        case .exit(let exit):
            machine.didExit(worker, exit, because: event.isCommanded ? .command : .itself, at: .now)
            processes[worker] = nil
            // Later, because what just happened may name the worker's revision.
            mayForget = true
            awaited.remove(worker)
            paused.remove(worker)
        case .setup, .fork, .listening, .message, .messagesLost, .leaving, .noted: break
        }
    }

    /// The worker gets heartbeats, unless it would not answer them.
    private func noteSpeaker(_ worker: WorkerID) {
        guard let revision = processes[worker], revisions[revision]?.revision.isInspected == false,
            !primary.assumeIsolated({ $0.isSilent(worker) })
        else { return }
        machine.didSpeak(worker, at: .now)
    }

    /// The primary's settings have changed. A program that cannot be found shows when a worker is forked.
    private func setUp() {
        let settings = primary.assumeIsolated { $0.settings }
        // Before there is a program, nothing can be forked.
        guard revision != nil || settings.exec != nil else { return }
        let new = WorkerRevision(settings: settings, environment: environment)
        machine.setUp(revisions.insert(new, resolved: try? resolve(settings)))
        awaitReadyMessages()
        forgetRevisions()
    }

    private func stop() {
        phase = .stopped
        machine.stop(at: .now)
        while let action = machine.nextAction() { run(action) }
        outlets.finish()
        cancelTimers()
    }

    func tellExpectation() {
        guard phase == .observing else { return }
        let new = WorkerExpectation(
            isEmpty: machine.desired == 0, isReplacementDue: machine.isReplacementDue,
            listen: revision?.settings.listen ?? [], ending: machine.policy.ladder.plan)
        // Sockets may have lost their workers although the answer is the same.
        guard new != expectation || !new.isReplacementDue else { return }
        expectation = new
        primary.assumeIsolated { $0.expect(new) }
    }
}
