// SPDX-License-Identifier: Apache-2.0

/// How messages between the primary and a worker are written.
public enum Serialization: String, Codable, Sendable, CaseIterable {
    /// One JSON value and a newline.
    case json
    /// A length and a V8 serialization.
    case advanced
}
