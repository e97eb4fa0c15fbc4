// SPDX-License-Identifier: Apache-2.0

/// Where a value comes from, the weightiest first.
enum ConfigurationOrigin: String, CaseIterable, Sendable {
    case flag = "a flag"
    case environment = "the environment"
    case file = "the file"
    case fallback = "a default of the environment"
    case standard = "the default"
}
