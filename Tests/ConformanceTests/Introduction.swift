// SPDX-License-Identifier: Apache-2.0

import Foundation
import TestSupport

/// What `activated.py` tells of itself.
struct Introduction: Decodable {
    struct Descriptor: Decodable, Equatable {
        let family: String
        let type: String
        let blocks: Bool
        let listens: Bool
    }

    let pid: Int32
    let environment: [String: String]
    let notifies: Bool
    let descriptors: [Descriptor]

    static func get(_ port: UInt16, host: String = "127.0.0.1") async throws -> Introduction {
        try JSONDecoder().decode(Self.self, from: Data(try await TCPClient.get(port: port, host: host).utf8))
    }

    /// From a reply with its headers.
    init(reply: String) throws {
        let body = reply.split(separator: "\r\n\r\n", maxSplits: 1).last ?? ""
        self = try JSONDecoder().decode(Self.self, from: Data(body.utf8))
    }
}
