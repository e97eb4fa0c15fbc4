// SPDX-License-Identifier: Apache-2.0

/// The destinations of a supervisor's events. Each reader has its own queue, so a reader that does not read costs the
/// others nothing.
struct SupervisorOutlets {
    private static let capacity = 10_000

    private var continuations: [Int: AsyncStream<SupervisorEvent>.Continuation] = [:]
    private var nextNumber = 0
    /// Exits: none. Nothing happens any more, so new readers get nothing.
    private var isFinished = false

    mutating func stream(onEnd: @escaping @Sendable (Int) -> Void) -> AsyncStream<SupervisorEvent> {
        let number = nextNumber
        nextNumber += 1
        let (stream, continuation) = AsyncStream.makeStream(
            of: SupervisorEvent.self, bufferingPolicy: .bufferingNewest(Self.capacity))
        guard !isFinished else {
            continuation.finish()
            return stream
        }
        continuation.onTermination = { _ in onEnd(number) }
        continuations[number] = continuation
        return stream
    }

    mutating func remove(_ number: Int) {
        continuations[number] = nil
    }

    func send(_ event: SupervisorEvent) {
        for continuation in continuations.values { continuation.yield(event) }
    }

    mutating func finish() {
        isFinished = true
        let ending = continuations.values
        continuations = [:]
        for continuation in ending { continuation.finish() }
    }
}
