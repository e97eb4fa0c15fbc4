// SPDX-License-Identifier: Apache-2.0

// Public, because it makes a public type conform to a public protocol.
public import ArgumentParser
import Contract
public import Shared

extension ForkRequest.Milestone: ExpressibleByArgument {}

extension RolloutShare {
    /// - Throws: `ValidationError` that says what is allowed.
    static func parse(_ text: String) throws -> RolloutShare {
        if let share = RolloutShare(text) { return share }
        throw ValidationError("it must be a number of workers or a share of them, such as 1 or 25%")
    }
}

extension Serialization: ExpressibleByArgument {}
extension Signal: ExpressibleByArgument {}

extension Signal {
    /// Signals that everybody knows by name.
    static let names = (1...31).compactMap { Signal(number: $0)?.description }

    /// - Throws: `ValidationError` with the signal that was probably meant.
    static func named(_ text: String) throws -> Signal {
        if let signal = Signal(argument: text) { return signal }
        if Int(text) != nil { throw ValidationError("there is no signal \(text): signals have the numbers 1 to 64") }
        let name = text.uppercased()
        let question = NearestName.question(name.hasPrefix("SIG") ? name : "SIG" + name, in: names)
        throw ValidationError("there is no signal '\(text)'\(question)")
    }
}

extension OperationID {
    /// An id, or the name `operations/ID` as in JSON and the history.
    ///
    /// - Throws: `ValidationError` that says what an id is.
    static func parse(_ text: String) throws -> OperationID {
        guard let id = OperationID(text.hasPrefix("operations/") ? text.dropFirst("operations/".count) : text[...])
        else { throw ValidationError("'\(text)' is not an operation's id; see: cluster-cli operations") }
        return id
    }
}

extension WorkerID: ExpressibleByArgument {
    /// - Throws: `ValidationError` that says what an id is.
    static func parse(_ text: String) throws -> WorkerID {
        if let id = WorkerID(argument: text) { return id }
        throw ValidationError("a worker's id is a number from 1")
    }
}

extension WorkerReadiness: ExpressibleByArgument {}
extension WorkerStateFilter: ExpressibleByArgument {}
