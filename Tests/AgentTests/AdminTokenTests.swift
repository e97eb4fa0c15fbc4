// SPDX-License-Identifier: Apache-2.0

import Foundation
import TestSupport
import Testing

@testable import Agent

/// The token that a data directory begins with.
@Suite struct AdminTokenTests {
    private static func token(_ root: URL, _ name: String = "token") -> AdminToken {
        AdminToken(file: PrivateFile(path: root.path + "/" + name))
    }

    @Test func `the admin token is made once, for its owner alone`() async throws {
        try await withTemporaryDirectory { root in
            let token = Self.token(root)
            try token.ensure()
            let made = try token.load()
            try token.ensure()
            #expect(try made != nil && token.load() == made)
            let attributes = try FileManager.default.attributesOfItem(atPath: token.file.path)
            #expect(attributes[.posixPermissions] as? Int == 0o600)
            #expect(try FileManager.default.contentsOfDirectory(atPath: root.path) == ["token"])
        }
    }

    @Test func `each directory has another admin token`() async throws {
        try await withTemporaryDirectory { root in
            let tokens = ["a", "b"].map { Self.token(root, $0) }
            for token in tokens { try token.ensure() }
            #expect(try tokens[0].load()?.hash != tokens[1].load()?.hash)
        }
    }

    @Test(arguments: ["", "\n", "  \n"])
    func `an empty token file is an error`(text: String) async throws {
        try await withTemporaryDirectory { root in
            let token = Self.token(root)
            try Data(text.utf8).write(to: URL(filePath: token.file.path))
            let error = #expect(throws: StartupError.self) { try token.ensure() }
            #expect(error?.code == .configuration)
        }
    }

    @Test func `the admin token may be written by hand`() async throws {
        try await withTemporaryDirectory { root in
            let token = Self.token(root)
            try Data("of my own\n".utf8).write(to: URL(filePath: token.file.path))
            #expect(try token.load()?.hash.matches(TokenHash(of: "of")) == true)
        }
    }
}
