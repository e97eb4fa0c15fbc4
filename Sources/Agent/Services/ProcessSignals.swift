// SPDX-License-Identifier: Apache-2.0

import Dispatch
import Glibc
import Synchronization

/// Delivers SIGTERM, SIGINT, SIGQUIT, SIGHUP, SIGUSR1 and SIGUSR2 as values. They do not end the process.
final class ProcessSignals: Sendable {
    /// The signals that ask for the end.
    static let endings = [SIGTERM, SIGINT, SIGQUIT]

    /// Each signal's number. One of ``endings`` that does not count (`SignalRepeats`) is left out. For one consumer.
    let signals: AsyncStream<Int32>
    /// How often one of ``endings`` came.
    let ends = EndRequests()
    private let sources: Mutex<[any DispatchSourceSignal]>

    /// From here on none of these signals ends the process. Workers start with the default actions, because spawning
    /// resets them.
    init() {
        let (signals, continuation) = AsyncStream.makeStream(of: Int32.self)
        self.signals = signals
        // A thread of its own, so that calls that wait for a disk cannot hold it up.
        let queue = DispatchQueue(label: "cluster.signals")
        let counter = SignalCounter()
        let sources = (Self.endings + [SIGHUP, SIGUSR1, SIGUSR2]).map { [ends] number in
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number, queue: queue)
            source.setEventHandler {
                if Self.endings.contains(number) {
                    guard counter.counts(number) else { return }
                    ends.didCome(by: number)
                }
                continuation.yield(number)
            }
            source.resume()
            return source as any DispatchSourceSignal
        }
        self.sources = Mutex(sources)
    }

    deinit {
        sources.withLock { for source in $0 { source.cancel() } }
    }
}

/// The process's one `SignalRepeats`.
private final class SignalCounter: Sendable {
    private let repeats = Mutex(SignalRepeats())

    func counts(_ signal: Int32) -> Bool {
        repeats.withLock { $0.counts(signal, at: .now) }
    }
}
