// SPDX-License-Identifier: Apache-2.0

import FoundationEssentials
public import Shared

extension WorkerMessage {
    /// What the message says.
    ///
    /// - Throws: `UNEXPECTED_MESSAGE` if it is not a `Message`.
    public func decode<Message: Decodable>(_ type: Message.Type = Message.self) throws(ClusterError) -> Message {
        do {
            return try JSONDecoder().decode(type, from: Data(json))
        } catch {
            throw ClusterError(
                .invalidArgument, .unexpectedMessage,
                // The decoder's words may be the message's own.
                "the message is not a \(type): \("\(error)".beginning(500)); look at its json, or send what both know",
                metadata: ["type": "\(type)"], cause: error)
        }
    }
}
