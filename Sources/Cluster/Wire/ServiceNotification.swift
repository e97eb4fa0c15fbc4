// SPDX-License-Identifier: Apache-2.0

/// A service's message for sd_notify(3): lines of `NAME=value`.
struct ServiceNotification: Equatable {
    /// It serves from now on.
    let isReady: Bool
    /// In its own words.
    let status: String?

    init(_ bytes: some Sequence<UInt8>) {
        let lines = Array(bytes).split(separator: UInt8(ascii: "\n")).map { String(decoding: $0, as: UTF8.self) }
        isReady = lines.contains("READY=1")
        let prefix = "STATUS="
        status = lines.last { $0.hasPrefix(prefix) }.map { String($0.dropFirst(prefix.count)) }
    }
}
