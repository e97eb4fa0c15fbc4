// SPDX-License-Identifier: Apache-2.0

public import Foundation

/// A directory of a test's own, gone when `body` returns or throws.
///
/// The path is short, because a unix socket's path has at most 107 bytes (unix(7)).
public func withTemporaryDirectory<Result>(
    _ body: (_ directory: URL) async throws -> Result
) async throws -> Result {
    let name = "cluster-" + UUID().uuidString.prefix(8)
    let directory = URL(filePath: "/tmp").appending(path: name)
    try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: false)
    defer { try? FileManager.default.removeItem(at: directory) }
    return try await body(directory)
}
