// SPDX-License-Identifier: Apache-2.0

internal import ArgumentParser
internal import Shared

/// Which events are wanted, of one agent's history or of a fleet's.
struct EventOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp("Only these, by comma: exit,fork.", valueName: "type"),
        completion: .list(EventType.allCases.map(\.rawValue)))
    var type: [String] = []

    @OptionGroup var window: TimeWindow

    @Option(help: ArgumentHelp("Only those that this request caused.", valueName: "id"))
    var request: String?

    @Option(help: "At most so many, the newest.")
    var limit: WholeNumber?

    @Flag(help: "Newest first.")
    var reverse = false

    @Flag(name: .shortAndLong, help: "Show what comes from now on; reconnect after a break.")
    var follow = false

    /// A newer agent may know more types than this program.
    var types: [String] { Self.words(type) }

    /// The words of options that may be given more than once, each with a list.
    static func words(_ lists: [String]) -> [String] {
        lists.flatMap { $0.split(separator: ",", omittingEmptySubsequences: false).map(String.init) }
    }

    func validate() throws {
        guard limit.map({ $0.value >= 1 }) ?? true else { throw ValidationError("--limit is a number from 1") }
        guard types.allSatisfy({ !$0.isEmpty && $0.utf8.allSatisfy { (0x21...0x7E).contains($0) } }) else {
            throw ValidationError("--type is a list such as exit,fork")
        }
        guard follow else { return }
        let conflicts = [
            (window.until != nil, "--until"), (request != nil, "--request"), (limit != nil, "--limit"),
            (reverse, "--reverse"),
        ]
        if let conflict = conflicts.first(where: \.0) {
            throw ValidationError("\(conflict.1) does not go with --follow")
        }
    }
}
