// SPDX-License-Identifier: Apache-2.0

// Public, because a conformance of a public type to a public protocol is.
public import ArgumentParser
import Contract
public import Shared

extension ForkRequest.Milestone: ExpressibleByArgument {}
extension Serialization: ExpressibleByArgument {}
extension Signal: ExpressibleByArgument {}

extension Signal {
    /// Those that everybody knows by name.
    static let names = (1...31).compactMap { Signal(number: $0)?.description }

    /// - Throws: `ValidationError` with what was perhaps meant.
    static func named(_ text: String) throws -> Signal {
        if let signal = Signal(argument: text) { return signal }
        let name = text.uppercased()
        let question = NearestName.question(name.hasPrefix("SIG") ? name : "SIG" + name, in: names)
        throw ValidationError("there is no signal '\(text)'\(question)")
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
