// SPDX-License-Identifier: Apache-2.0

/// How many workers a reload may have too many or too few: a number, or a share of them such as `"25%"`.
public enum RolloutShare: Hashable, Sendable {
    case count(Int)
    case percent(Int)

    /// As workers that may be too many: rounded up, so that a share of more than nothing is at least one.
    public func roundedUp(of total: Int) -> Int {
        switch self {
        case .count(let count): count
        case .percent(let percent): (total * percent + 99) / 100
        }
    }

    /// As workers that may be too few: rounded down, so that no more are missing than was allowed.
    public func roundedDown(of total: Int) -> Int {
        switch self {
        case .count(let count): count
        case .percent(let percent): total * percent / 100
        }
    }

    /// The largest allowed number of workers.
    public static let maxCount = 1_000_000

    /// Whether it is neither negative nor more than everything.
    package var isInRange: Bool {
        switch self {
        case .count(let count): (0...Self.maxCount).contains(count)
        case .percent(let percent): (0...100).contains(percent)
        }
    }
}

extension RolloutShare: LosslessStringConvertible {
    /// Reads `2` and `25%`. Nil for anything else, and beyond 100 %.
    public init?(_ description: String) {
        let isPercent = description.hasSuffix("%")
        guard let number = Int(digits: isPercent ? String(description.dropLast()) : description) else { return nil }
        self = isPercent ? .percent(number) : .count(number)
        guard isInRange else { return nil }
    }

    public var description: String {
        switch self {
        case .count(let count): "\(count)"
        case .percent(let percent): "\(percent)%"
        }
    }
}

extension RolloutShare: Codable {
    /// - Throws: if it is neither a number of workers nor a share of them.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if let count = try? container.decode(Int.self) {
            self = .count(count)
            if isInRange { return }
        } else if let text = try? container.decode(String.self), text.hasSuffix("%"), let share = RolloutShare(text) {
            self = share
            return
        }
        throw DecodingError.dataCorruptedError(
            in: container, debugDescription: #"is a number of workers, such as 1, or a share of them, "0%" to "100%""#)
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        switch self {
        case .count(let count): try container.encode(count)
        case .percent: try container.encode(description)
        }
    }
}
