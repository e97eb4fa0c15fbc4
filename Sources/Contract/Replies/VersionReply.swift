// SPDX-License-Identifier: Apache-2.0

public import Shared

/// The answer to `GET /v1/version`.
public struct VersionReply: Hashable, Codable, Sendable {
    public var version: String
    public var apiVersion: String
    /// The version of the compiler.
    public var swift: String
    public var pid: Int32
    public var startedAt: Timestamp
    public var hostname: String
    /// Names the data directory forever.
    public var agentId: String
    /// Where it can be reached over TCP. Nil until it listens, and from older agents.
    public var urls: [String]?

    public init(
        version: String, apiVersion: String, swift: String, pid: Int32, startedAt: Timestamp, hostname: String,
        agentId: String
    ) {
        self.version = version
        self.apiVersion = apiVersion
        self.swift = swift
        self.pid = pid
        self.startedAt = startedAt
        self.hostname = hostname
        self.agentId = agentId
    }
}
