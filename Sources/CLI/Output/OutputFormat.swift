// SPDX-License-Identifier: Apache-2.0

internal import ArgumentParser

/// `--output`
enum OutputFormat: String, CaseIterable, ExpressibleByArgument, Sendable {
    case table, json, jsonl
}
