// SPDX-License-Identifier: Apache-2.0

internal import ArgumentParser
internal import Shared

/// A new value for one rule of supervision. The word `default` takes the rule back to its default.
enum PolicyArgument {
    typealias Change = SupervisionPatch.Change

    private static let reset = "default"
    /// For rules that have no limit by default.
    private static let none = "none"

    static func time(_ text: String) throws -> Change<Int> {
        text == reset ? .reset : .set(try DurationArgument.milliseconds(text))
    }

    static func age(_ text: String) throws -> Change<Int> {
        text == none ? .reset : try time(text)
    }

    static func count(_ text: String) throws -> Change<Int> {
        if text == reset { return .reset }
        guard let number = Int(digits: text) else { throw ValidationError("it must be a number from 0, or default") }
        return .set(number)
    }

    static func size(_ text: String) throws -> Change<Int64> {
        if text == reset || text == none { return .reset }
        guard let size = SizeArgument(text) else {
            throw ValidationError("it must be a size such as 512M or 2G, or none")
        }
        return .set(size.bytes)
    }

    static func word<Value: RawRepresentable<String> & CaseIterable & Hashable & Codable & Sendable>(
        _ text: String
    ) throws -> Change<Value> {
        if text == reset { return .reset }
        guard let value = Value(rawValue: text) else {
            throw ValidationError("it must be \(words(Value.self).joined(separator: ", "))")
        }
        return .set(value)
    }

    static func words<Value: RawRepresentable<String> & CaseIterable>(_ type: Value.Type) -> [String] {
        Value.allCases.map(\.rawValue) + [reset]
    }
}
