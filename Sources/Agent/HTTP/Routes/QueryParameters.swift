// SPDX-License-Identifier: Apache-2.0

import Hummingbird
import Shared

/// The query of a request. It is an error if a name is unknown, comes twice or has no value.
struct QueryParameters: Sendable {
    private let values: [String: String]

    init(_ request: Request, known: [String]) throws(ClusterError) {
        var values: [String: String] = [:]
        for pair in (request.uri.query ?? "").split(separator: "&") {
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard let name = PercentEncoding.decoded(parts[0]),
                let value = PercentEncoding.decoded(parts.dropFirst().first ?? "")
            else { throw Self.invalid(parts[0].beginning(100), "it is no percent-encoded UTF-8 (RFC 3986)") }
            guard known.contains(name) else {
                let hint = known.isEmpty ? "it takes none" : "it takes \(known.joined(separator: ", "))"
                throw Self.invalid(name.beginning(100), "this call does not know it; \(hint)")
            }
            guard !value.isEmpty else { throw Self.invalid(name, "it is empty; leave it out instead") }
            guard values.updateValue(value, forKey: name) == nil else {
                throw Self.invalid(name, "it is given twice")
            }
        }
        self.values = values
    }

    subscript(name: String) -> String? { values[name] }

    func flag(_ name: String) throws(ClusterError) -> Bool {
        switch values[name] {
        case nil, "false": return false
        case "true": return true
        case let value?: throw Self.invalid(name, "it must be true or false, not \(value)")
        }
    }

    func integer<Number: FixedWidthInteger>(
        _ name: String, in range: ClosedRange<Number>
    ) throws(ClusterError) -> Number? {
        guard let value = self[name] else { return nil }
        guard let number = Number(digits: value), range.contains(number) else {
            throw Self.invalid(name, "it must be an integer from \(range.lowerBound) to \(range.upperBound)")
        }
        return number
    }

    func workerID(_ name: String) throws(ClusterError) -> WorkerID? {
        guard let value = self[name] else { return nil }
        guard let id = WorkerID(value) else { throw Self.invalid(name, "it must be a worker's id, a number from 1") }
        return id
    }

    /// Several ids with commas between them.
    func workerIDs(_ name: String) throws(ClusterError) -> Set<WorkerID> {
        var ids: Set<WorkerID> = []
        for word in self[name]?.split(separator: ",", omittingEmptySubsequences: false) ?? [] {
            guard let id = WorkerID(String(word)) else {
                throw Self.invalid(name, "it must be ids of workers, numbers from 1, with commas between them")
            }
            ids.insert(id)
        }
        return ids
    }

    /// Several numbers of instances with commas between them. Nil if the parameter is absent.
    func instances(_ name: String) throws(ClusterError) -> Set<Int>? {
        guard let value = self[name] else { return nil }
        var numbers: Set<Int> = []
        for word in value.split(separator: ",", omittingEmptySubsequences: false) {
            guard let number = Int32(digits: word) else {
                throw Self.invalid(name, "it must be numbers of instances with commas between them")
            }
            numbers.insert(Int(number))
        }
        return numbers
    }

    func one<Item: RawRepresentable<String> & CaseIterable>(
        _ name: String, of type: Item.Type = Item.self
    ) throws(ClusterError) -> Item? {
        guard let value = self[name] else { return nil }
        guard let item = Item(rawValue: value) else { throw Self.noneOf(Item.self, name, value) }
        return item
    }

    /// Names, separated by commas.
    func list<Item: RawRepresentable<String> & CaseIterable & Hashable>(
        _ name: String, of type: Item.Type = Item.self
    ) throws(ClusterError) -> Set<Item> {
        var items: Set<Item> = []
        for word in self[name]?.split(separator: ",", omittingEmptySubsequences: false) ?? [] {
            guard let item = Item(rawValue: String(word)) else { throw Self.noneOf(Item.self, name, String(word)) }
            items.insert(item)
        }
        return items
    }

    /// RFC 3339, or an age such as `15m`, counted back from `now`.
    func time(_ name: String, now: Timestamp) throws(ClusterError) -> Timestamp? {
        guard let value = self[name] else { return nil }
        guard
            let time = Timestamp(value)
                ?? Age(value).map({ Timestamp(milliseconds: now.milliseconds - $0.milliseconds) })
        else {
            throw Self.invalid(name, "it must be a time such as 2026-11-22T15:51:44Z or an age such as 15m, 2h, 7d")
        }
        return time
    }

    static func invalid(_ name: String, _ problem: String) -> ClusterError {
        ClusterError(
            .invalidArgument, .invalidParameter, "parameter \(name): \(problem)", metadata: ["parameter": name])
    }

    private static func noneOf<Item: RawRepresentable<String> & CaseIterable>(
        _ type: Item.Type, _ name: String, _ word: String
    ) -> ClusterError {
        let all = Item.allCases.map(\.rawValue).joined(separator: ", ")
        return invalid(name, "\(word.isEmpty ? "an empty name" : word) is none of \(all)")
    }
}
