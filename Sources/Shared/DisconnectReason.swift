// SPDX-License-Identifier: Apache-2.0

/// Why the agent has closed a worker's channel by itself. Everything that a worker can make the agent hold, do or wait for
/// has a limit. Past it the channel ends.
public enum DisconnectReason: String, Hashable, Codable, Sendable, CaseIterable {
    /// It sent bytes that are not a message.
    case invalidMessage
    /// It sent a message, or part of one, that is larger than the agent takes.
    case messageTooLarge
    /// It asks and does not read the answers.
    case answersNotRead
    /// It sent descriptors without the messages that they belong to.
    case strayDescriptors
    /// It does not confirm the sockets that it gets.
    case socketsNotConfirmed
    /// It closed servers and did not answer for the connections that they had been sent.
    case connectionsNotAnswered
    /// It asked for more sockets than one worker may have.
    case tooManySockets
}
