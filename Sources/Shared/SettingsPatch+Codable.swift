// SPDX-License-Identifier: Apache-2.0

extension SettingsPatch: Codable {
    /// The names of the fields in JSON.
    public enum CodingKeys: String, CodingKey, CaseIterable {
        case exec, args, execArgv, execPath, cwd, envFiles, serialization, silent, stdio, uid, gid, inspectPort
        case windowsHide, schedulingPolicy, listen, ready, channel, disconnectSignal, etag
    }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        exec = try container.decodeChange(.exec)
        args = try container.decodeChange(.args)
        execArgv = try container.decodeChange(.execArgv)
        execPath = try container.decodeChange(.execPath)
        cwd = try container.decodeChange(.cwd)
        envFiles = try container.decodeChange(.envFiles)
        serialization = try container.decodeChange(.serialization)
        silent = try container.decodeChange(.silent)
        stdio = try container.decodeChange(.stdio)
        uid = try container.decodeChange(.uid)
        gid = try container.decodeChange(.gid)
        inspectPort = try container.decodeChange(.inspectPort)
        windowsHide = try container.decodeChange(.windowsHide)
        schedulingPolicy = try container.decodeChange(.schedulingPolicy)
        listen = try container.decodeChange(.listen)
        ready = try container.decodeChange(.ready)
        channel = try container.decodeChange(.channel)
        disconnectSignal = try container.decodeChange(.disconnectSignal)
        etag = try container.decodeIfPresent(String.self, forKey: .etag)
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encodeChange(exec, .exec)
        try container.encodeChange(args, .args)
        try container.encodeChange(execArgv, .execArgv)
        try container.encodeChange(execPath, .execPath)
        try container.encodeChange(cwd, .cwd)
        try container.encodeChange(envFiles, .envFiles)
        try container.encodeChange(serialization, .serialization)
        try container.encodeChange(silent, .silent)
        try container.encodeChange(stdio, .stdio)
        try container.encodeChange(uid, .uid)
        try container.encodeChange(gid, .gid)
        try container.encodeChange(inspectPort, .inspectPort)
        try container.encodeChange(windowsHide, .windowsHide)
        try container.encodeChange(schedulingPolicy, .schedulingPolicy)
        try container.encodeChange(listen, .listen)
        try container.encodeChange(ready, .ready)
        try container.encodeChange(channel, .channel)
        try container.encodeChange(disconnectSignal, .disconnectSignal)
        try container.encodeIfPresent(etag, forKey: .etag)
    }
}
