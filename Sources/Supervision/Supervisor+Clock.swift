// SPDX-License-Identifier: Apache-2.0

import Cluster
import Shared

// Timers, and what is checked from time to time.
extension Supervisor {
    func wake(at moment: ContinuousClock.Instant) {
        let old = alarm
        alarm = primary.assumeIsolated { primary in
            if let old { primary.cancelTimer(old) }
            return primary.schedule(at: moment) { [weak self] in self?.assumeIsolated { $0.didWake() } }
        }
    }

    private func didWake() {
        alarm = nil
        hearAwaited()
        // A worker that is stopped is not unresponsive.
        notePauses(awaited)
        machine.didWake(at: .now)
        work()
    }

    /// Reads answers that have come but were not read yet, because this program could not run or had other work.
    func hearAwaited() {
        for worker in awaited { primary.assumeIsolated { $0.hear(worker) } }
    }

    private func notePauses(_ workers: Set<WorkerID>) {
        for worker in workers {
            let isStopped = primary.assumeIsolated { primary in
                primary.isInspected(worker) || primary.reading(of: worker)?.isStopped == true
            }
            if isStopped, paused.insert(worker).inserted {
                machine.didPause(worker)
            } else if !isStopped, paused.remove(worker) != nil {
                machine.didResume(worker, at: .now)
            }
        }
    }

    /// Reads the memory of all workers from time to time, and checks those that are stopped.
    func startSampling() {
        guard sampler == nil, phase == .observing, !processes.isEmpty else { return }
        let moment = ContinuousClock.now + configuration.sampleInterval
        sampler = primary.assumeIsolated { primary in
            primary.schedule(at: moment) { [weak self] in self?.assumeIsolated { $0.sample() } }
        }
    }

    private func sample() {
        sampler = nil
        notePauses(paused)
        if machine.policy.maxMemoryBytes != nil {
            for worker in processes.keys.sorted() {
                guard let reading = primary.assumeIsolated({ $0.reading(of: worker) }) else {
                    machine.didNotMeasure(worker)
                    continue
                }
                machine.didMeasure(worker, residentBytes: reading.residentBytes, at: .now)
            }
        }
        startSampling()
        work()
    }

    func cancelTimers() {
        let timers = [alarm, sampler].compactMap(\.self)
        (alarm, sampler) = (nil, nil)
        cancelTurn()
        primary.assumeIsolated { primary in
            for timer in timers { primary.cancelTimer(timer) }
        }
    }
}
