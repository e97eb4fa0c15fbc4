// SPDX-License-Identifier: Apache-2.0

/// Does something at one host after the other, in the order of a roll, and sums up.
@TransportActor
struct RolloutOverHosts {
    typealias Work = @TransportActor (AgentClient, OperationRunner) async throws -> HostAnswer

    private let session: Session
    private let roll: HostRoll
    private let runner: OperationRunner
    private let work: Work

    init(_ session: Session, _ roll: HostRoll, patience: Duration?, work: @escaping Work) {
        self.session = session
        self.roll = roll
        self.work = work
        runner = OperationRunner(session, patience: patience)
    }

    /// - Parameter waits: whether the answers have verdicts.
    func run(waits: Bool) async throws -> ExitStatus {
        var roll = roll
        var answers: [String: HostAnswer] = [:]
        let (ends, end) = AsyncStream.makeStream(of: (host: String, answer: HostAnswer).self)
        var endings = ends.makeAsyncIterator()
        while true {
            let begun = Set(roll.begin())
            runner.roll = roll
            for host in session.hosts where begun.contains(host.name) {
                TransportTasks.start { [session, runner, work] in
                    let client = session.client(host, within: session.eachCall)
                    let answer = await runner.answer(client) { try await work($0, runner) }
                    end.yield((host: host.name, answer: answer))
                }
            }
            guard !roll.isOver, let (host, answer) = await endings.next(isolation: #isolation) else { break }
            answers[host] = answer
            roll.didEnd(host, succeeded: answer.failures.isEmpty)
        }
        runner.roll = nil
        return try show(answers, roll, waits)
    }

    private func show(_ answers: [String: HostAnswer], _ roll: HostRoll, _ waits: Bool) throws -> ExitStatus {
        let isSeveral = session.hosts.count > 1
        let all = session.hosts.map { (host: $0.name, answer: answers[$0.name] ?? Self.notStarted(roll)) }
        let status = try runner.show(all, waited: waits)
        if isSeveral { try runner.tell(summary: roll.summary) }
        return isSeveral && status != .done ? .mixed : status
    }

    private static func notStarted(_ roll: HostRoll) -> HostAnswer {
        let cause = roll.failed.first.map { ", because \($0) did not succeed" } ?? ""
        var failure = Failure(kind: .refused, message: "not started\(cause)")
        failure.isVerdict = true
        return HostAnswer(failure)
    }
}
