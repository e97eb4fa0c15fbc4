// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Foundation
import TestSupport
import Testing

@testable import Agent

/// Reads a configuration as the agent does at its start.
enum ConfigurationFixture {
    /// - Parameter yaml: the file's content; nil: there is no file.
    static func read(
        _ yaml: String? = nil, flags: [String] = [], environment: [String: String] = [:]
    ) async throws -> (AgentConfiguration, ConfigurationReader) {
        var result: (AgentConfiguration, ConfigurationReader)?
        try await withTemporaryDirectory { directory in
            var arguments = flags
            if let yaml {
                let file = directory.appending(path: "agent.yaml")
                try Data(yaml.utf8).write(to: file)
                arguments = ["--config", file.path] + flags
            }
            let environment = environment.merging(["HOME": "/home/x"]) { given, _ in given }
            result = try AgentOptions.parse(arguments).configuration(environment: environment, cores: 4)
        }
        return try #require(result)
    }

    static func refusal(
        _ yaml: String? = nil, flags: [String] = [], environment: [String: String] = [:]
    ) async throws -> StartupError? {
        do {
            _ = try await read(yaml, flags: flags, environment: environment)
            return nil
        } catch let error as StartupError {
            return error
        }
    }
}
