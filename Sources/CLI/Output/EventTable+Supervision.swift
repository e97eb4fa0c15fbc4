// SPDX-License-Identifier: Apache-2.0

internal import Shared

// What the supervisor did or saw, in words.
extension EventTable {
    /// - Parameter type: one of those from `scale` to `resolved`.
    static func supervisionDetail(_ type: EventType, _ data: RawJSON?) -> String {
        let facts = SupervisionFacts(data)
        switch type {
        case .scale: return facts.scale
        case .restart: return facts.restart
        case .ready: return facts.place + facts.time("afterMs").map { "\($0) after its fork" }
        case .unresponsive: return facts.place + facts.time("forMs").map { "no answer for \($0)" }
        case .responsive: return facts.place + facts.time("afterMs").map { "answers again after \($0)" }
        case .limit: return facts.limit
        case .gaveUp: return facts.gaveUp
        case .resolved: return facts.place + facts.text("exec").map { "the program was found anew: \($0)" }
        case .operation: return facts.operation
        default: return ""
        }
    }

    /// Why the supervisor did something. The raw reason if this program does not know it.
    static func because(_ reason: String) -> String {
        switch reason {
        case "start": "the agent started"
        case "scale": "of a scale"
        case "disconnect": "a worker was disconnected"
        case "disconnectAll": "all workers were disconnected"
        case "kill": "somebody killed its worker"
        case "restart": "of a restart"
        case "reload": "of a reload"
        case "withdrawn": "its operation ended early"
        case "failure": "its worker ended"
        case "notReady": "its worker was not ready in time"
        case "unresponsive": "its worker hung"
        case "channelClosed": "its worker closed its channel"
        case "memory": "its worker took too much memory"
        case "age": "its worker reached its age"
        case "policy": "the policy does not replace a worker that ends so"
        default: reason
        }
    }
}

/// The data of a supervisor's event.
private struct SupervisionFacts {
    private let data: RawJSON?

    init(_ data: RawJSON?) {
        self.data = data
    }

    func text(_ field: String) -> String? { data?[field]?.string }
    func number(_ field: String) -> Int64? { data?[field]?.integer }
    func time(_ field: String) -> String? { number(field).map { Duration.milliseconds(max(0, $0)).text } }

    /// `instance 0`. Empty if the event names none.
    var place: Phrase { Phrase([number("instance").map { "instance \($0)" }].compactMap(\.self)) }

    private var cause: String? { text("because").map { "because \(EventTable.because($0))" } }
    private var principal: String? { text("principal").map { "by \($0)" } }

    var scale: String {
        let step = number("from").flatMap { from in number("to").map { "from \(from) to \($0) workers" } }
        // A scale needs no other reason than its caller.
        let cause = text("because") == "scale" ? nil : cause
        return Phrase([step, cause, principal].compactMap(\.self)).text
    }

    var restart: String {
        let failures = number("attempt").flatMap { $0 > 1 ? "\($0) failures in a row" : nil }
        let delay = number("delayMs").flatMap { $0 > 0 ? time("delayMs").map { "next try in \($0)" } : nil }
        return place + [cause, failures, delay, principal]
    }

    var limit: String {
        if let bytes = number("bytes"), let most = number("maxBytes") {
            return place + "\(SizeArgument.text(bytes)) of memory, more than \(SizeArgument.text(most))"
        }
        return place
            + time("ageMs").map { age in
                "\(age) old" + (time("maxAgeMs").map { ", as \($0) allow" } ?? "")
            }
    }

    var gaveUp: String {
        let count = number("failures").map { "\(counted(Int(clamping: $0), "failure"))" }
        let period = time("periodMs").map { "within \($0)" }
        let tries = [count, period].compactMap(\.self).joined(separator: " ")
        return place + [tries.isEmpty ? nil : "tries no more after \(tries)", cause]
    }

    var operation: String {
        let id = text("name").map { $0.replacing("operations/", with: "", maxReplacements: 1) } ?? "?"
        if text("step") == "progressed" {
            let progress = data?["progress"]?.decoded(as: OperationProgress.self)
            let lines = progress.map { OperationText.steps($0) } ?? []
            return Phrase([id] + lines).text
        }
        guard let data, let info = data.decoded(as: OperationInfo.self) else { return id }
        let line = info.done ? OperationText.verdict(info) : OperationText.beginning(info)
        let reason = info.failure.map(\.sentence)
        return Phrase([line, reason, principal].compactMap(\.self)).text
    }
}

/// Parts of a sentence, separated by commas.
private struct Phrase {
    let parts: [String]

    init(_ parts: [String]) {
        self.parts = parts
    }

    var text: String { parts.joined(separator: ", ") }

    static func + (phrase: Phrase, more: [String?]) -> String {
        Phrase(phrase.parts + more.compactMap(\.self)).text
    }

    static func + (phrase: Phrase, more: String?) -> String {
        phrase + [more]
    }
}
