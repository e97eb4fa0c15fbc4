// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Shared
import Testing

@testable import CLI

struct ArgumentTests {
    @Test(arguments: [
        ("300ms", Duration.milliseconds(300)), ("10s", .seconds(10)), ("2m", .seconds(120)), ("1h", .seconds(3600)),
        ("7d", .seconds(604_800)), ("10", .seconds(10)),
    ])
    func `a duration has a unit, or means seconds`(text: String, expected: Duration) {
        #expect(DurationArgument(argument: text)?.duration == expected)
    }

    @Test(arguments: [
        "", "0", "s", "-1s", "0s", "1.5s", "1 s", "10 years", "99999999999999999999s", "9223372036854775807h", "٣s",
    ])
    func `an invalid duration is refused`(text: String) {
        #expect(DurationArgument(argument: text) == nil)
    }

    @Test func `an age is a moment before now`() throws {
        let now = Timestamp(milliseconds: 10_000_000)
        #expect(MomentArgument("15m", now: now)?.time.milliseconds == 9_100_000)
        #expect(MomentArgument("1970-01-01T00:00:01Z", now: now)?.time.milliseconds == 1000)
        #expect(MomentArgument("1970-01-02", now: now)?.time.milliseconds == 86_400_000)
        for text in ["yesterday", "2026", "15", "1970-13-01"] { #expect(MomentArgument(text, now: now) == nil) }
    }

    @Test(arguments: [
        (Duration.milliseconds(0), "0s"), (.milliseconds(300), "300ms"), (.milliseconds(1500), "1500ms"),
        (.seconds(42), "42s"), (.seconds(307), "5m07s"), (.seconds(7500), "2h05m"), (.seconds(3600), "1h"),
        (.seconds(273_600), "3d04h"), (.seconds(-5), "0s"),
    ])
    func `a duration is shown in at most two units`(duration: Duration, expected: String) {
        #expect(duration.text == expected)
    }

    @Test func `a worker that starts in the future has an age of zero`() {
        #expect(Timestamp.age(of: Timestamp(milliseconds: 5000), at: Timestamp(milliseconds: 0)) == "0s")
        #expect(Timestamp.age(of: Timestamp(milliseconds: .min), at: Timestamp(milliseconds: .max)) == "0s")
    }

    @Test func `global options may stand before and after the command`() throws {
        let before = try #require(try ClusterCLI.command(["-H", "unix:/a", "-o", "json", "ps"]) as? Workers)
        let after = try #require(try ClusterCLI.command(["ps", "-H", "unix:/a", "--output", "json"]) as? Workers)
        #expect(before.global.host == ["unix:/a"] && before.global.output == .json)
        #expect(after.global.host == ["unix:/a"] && after.global.output == .json)
    }

    @Test func `arguments that look like options are kept for the workers`() throws {
        let arguments = ["setup-primary", "--arg", "--port", "--arg", "80", "--exec-arg", "--inspect", "--arg", "-v"]
        let command = try #require(try ClusterCLI.command(arguments) as? SetupPrimary)
        #expect(command.arg == ["--port", "80", "-v"] && !command.global.verbose && command.execArg == ["--inspect"])
    }

    @Test(arguments: [
        ["kill"], ["kill", "0"], ["kill", "1", "--all"], ["kill", "1", "-s", "SIGNOPE"], ["fork", "0"],
        ["fork", "1001"], ["fork", "+5"], ["fork", "05"], ["fork", "\u{665}"], ["events", "--limit", "+5"],
        ["status", "--parallel", "+5"],
        ["fork", "--env", "=x"], ["fork", "--env", "x"], ["send", "1", "{"], ["send", "1", "text"], ["setup-primary"],
        ["events", "--limit", "0"], ["events", "--since", "soon"], ["events", "--messages"],
        ["events", "--type", "a,,b"],
        ["events", "--follow", "--reverse"], ["status", "--timeout", "0s"], ["status", "--parallel", "0"],
        ["hosts", "add", "a/b", "http://x"], ["hosts", "add", "a", "x"], ["worker", "+1"],
        ["workers", "--state", "bad"],
    ])
    func `bad usage ends with 64`(arguments: [String]) {
        let error = #expect(throws: (any Error).self) { try ClusterCLI.command(arguments) }
        #expect(error.map { ClusterCLI.exitCode(for: $0).rawValue } == 64)
    }

    @Test(arguments: [
        ("http://10.0.0.7:7420/", "http://10.0.0.7:7420", "10.0.0.7:7420"), ("https://web-1", "https://web-1", "web-1"),
        ("http://[::1]:80", "http://[::1]:80", "[::1]:80"),
        ("https://proxy/agents/1/", "https://proxy/agents/1", "proxy"),
    ])
    func `an address over TCP`(text: String, url: String, place: String) {
        #expect(AgentAddress(text) == .tcp(url: url, authority: place))
    }

    @Test(arguments: [
        "", "web-1", "http://", "http:///x", "ftp://x", "http://u:p@x", "http://x?y", "http://x#y", "http://x y",
        "http://x:0", "http://x:+80", "http://x:99999", "http://x:", "http://[::1", "http://[::1]x", "http://:80",
        "unix:", "http://[x]", "http://[127.0.0.1]:80", "http://a]b", "http://[::1]80", "http://x:80:80",
        "http://x:080",
        "http://x\r\nHost: y",
    ])
    func `an invalid address is refused`(text: String) {
        #expect(AgentAddress(text) == nil)
    }

    @Test func `a unix socket is named by its path`() {
        #expect(AgentAddress("unix:/run/a b.sock") == .unix(path: "/run/a b.sock"))
        #expect(AgentAddress("unix:a.sock") == .unix(path: "a.sock"))
        #expect(AgentAddress("unix:///run/a.sock") == .unix(path: "/run/a.sock"))
    }
}
