// SPDX-License-Identifier: Apache-2.0

import Foundation
import Subprocess

/// A short JavaScript program that the installed Node runs.
public struct NodeProgram: Sendable {
    let source: String
    let arguments: [String]

    /// - Parameters:
    ///   - source: the body of an async function; `input` is what was sent to it and what it returns is the answer.
    ///   - arguments: for Node itself.
    public init(arguments: [String] = [], _ source: String) {
        self.source = """
            const input = JSON.parse(require('fs').readFileSync(0, 'utf8'));
            (async () => {\(source)
            })().then((output) => process.stdout.write(JSON.stringify(output)));
            """
        self.arguments = arguments
    }

    /// - Throws: `Failure` if Node did not end with code 0.
    public func run<Output: Decodable>(_ input: some Encodable, as type: Output.Type = Output.self) async throws
        -> Output
    {
        let text = String(decoding: try JSONEncoder().encode(input), as: UTF8.self)
        let result = try await Subprocess.run(
            .name("node"), arguments: Arguments(arguments + ["-e", source]), input: .string(text),
            output: .string(limit: 256 << 20), error: .string(limit: 1 << 20))
        guard result.terminationStatus.isSuccess else {
            throw Failure(standardError: result.standardError)
        }
        return try JSONDecoder().decode(Output.self, from: Data(result.standardOutput.utf8))
    }

    public struct Failure: Error {
        public let standardError: String
    }
}
