// SPDX-License-Identifier: Apache-2.0

import Shared

/// Rules without a descriptor, a task or a clock: inputs go in, actions come out.
protocol StateMachine {
    associatedtype Action

    /// The oldest action that is not done yet.
    mutating func nextAction() -> Action?
}

extension PrimaryStateMachine: StateMachine {}
extension WorkerStateMachine: StateMachine {}

/// The only way into a state machine: gives it an input and runs its actions. Used on the loop's thread alone.
///
/// The methods are generic over their one final class, so that the compiler makes each a plain call: they run several
/// times for each connection and message.
protocol Funnel: AnyObject {
    associatedtype Machine: StateMachine

    /// Changed by the methods below, and by ``run(_:)``.
    var machine: Machine { get set }
    /// Whether actions are being run. Nobody else begins then.
    var isDraining: Bool { get set }

    func run(_ action: Machine.Action)
    /// Called by the outermost call when all actions are done. Inputs may be given again.
    func didDrain()
}

extension Funnel {
    /// Gives the machine an input that it may refuse.
    func perform<Result>(
        _ input: (inout Machine) throws(ClusterError) -> Result
    ) throws(ClusterError) -> Result {
        defer { drain() }
        return try input(&machine)
    }

    /// For inputs that cannot be refused.
    @discardableResult
    func report<Result>(_ input: (inout Machine) -> Result) -> Result {
        defer { drain() }
        return input(&machine)
    }

    /// An action may itself lead to an input, whose actions are then done by the outermost call.
    func drain() {
        guard !isDraining else { return }
        isDraining = true
        while let action = machine.nextAction() { run(action) }
        isDraining = false
        didDrain()
    }

    func didDrain() {}
}
