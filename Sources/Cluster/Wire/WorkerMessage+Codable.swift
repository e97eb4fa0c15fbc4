// SPDX-License-Identifier: Apache-2.0

import FoundationEssentials
public import Shared

extension WorkerMessage {
    /// What the message says.
    ///
    /// - Throws: `UNEXPECTED_MESSAGE` where it is something else than a `Message`.
    public func decode<Message: Decodable>(_ type: Message.Type = Message.self) throws(ClusterError) -> Message {
        do {
            return try JSONDecoder().decode(type, from: Data(json))
        } catch {
            throw ClusterError(
                .invalidArgument, .unexpectedMessage,
                "the message is no \(type): \(error); look at its json, or send what both sides know",
                metadata: ["type": "\(type)"], cause: error)
        }
    }
}

/// Turns what a program sends into JSON.
enum MessageText {
    /// - Throws: `MALFORMED_JSON` where JSON cannot hold it.
    static func json(_ message: some Encodable) throws(ClusterError) -> [UInt8] {
        do {
            return [UInt8](try JSONEncoder().encode(message))
        } catch {
            throw ClusterError(
                .invalidArgument, .malformedJSON, "the message cannot be written as JSON: \(error)", cause: error)
        }
    }

    /// - Throws: `MALFORMED_JSON`
    static func check(_ json: [UInt8]) throws(ClusterError) {
        guard json.withUnsafeBytes(JSONScanner.validate) else {
            throw ClusterError(.invalidArgument, .malformedJSON, "the message is not one JSON value")
        }
    }
}
