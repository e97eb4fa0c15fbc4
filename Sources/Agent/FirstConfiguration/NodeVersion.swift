// SPDX-License-Identifier: Apache-2.0

import Shared

/// A version of Node: `v22.18.0`.
struct NodeVersion: Hashable, CustomStringConvertible {
    let major: Int
    let minor: Int
    let description: String

    /// What `node --version` prints. Nil if it is something else.
    init?(_ text: String) {
        let line = text.prefix { !$0.isNewline }
        let parts = line.dropFirst().split(separator: ".", omittingEmptySubsequences: false)
        guard line.hasPrefix("v"), parts.count == 3, let major = Int(digits: parts[0]),
            let minor = Int(digits: parts[1])
        else { return nil }
        (self.major, self.minor, description) = (major, minor, String(line))
    }

    /// Whether it runs TypeScript without an option (nodejs.org/api/typescript.html, "type stripping").
    var stripsTypes: Bool {
        major > 23 || (major == 23 && minor >= 6) || (major == 22 && minor >= 18)
    }

    /// The Node in PATH. Nil if there is none, or it does not tell.
    static var installed: NodeVersion? {
        guard let answer = try? BoundedProgram.run(["node", "--version"], atMost: 1000, within: .seconds(5)) else {
            return nil
        }
        return NodeVersion(String(decoding: answer.bytes, as: UTF8.self))
    }
}
