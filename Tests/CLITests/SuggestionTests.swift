// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Testing

@testable import CLI

struct SuggestionTests {
    @Test(arguments: [
        (["stauts"], "there is no command 'stauts'. Did you mean 'status'?"),
        (["-H", "web-1", "--output=json", "stauts"], "there is no command 'stauts'. Did you mean 'status'?"),
        (["hosts", "chekc"], "there is no command 'chekc'. Did you mean 'check'?"),
        (["nonsense"], "there is no command 'nonsense'"),
        (["hosts", "nonsense"], "there is no command 'nonsense'; hosts has list, add, remove, rm, check"),
    ])
    func `an unknown command is named`(arguments: [String], message: String) {
        let error = #expect(throws: ValidationError.self) { try ClusterCLI.command(arguments) }
        #expect(error?.message == message)
    }

    @Test(arguments: [["fork", "stauts"], ["--nope", "status"], ["kill"], ["--", "stauts"]])
    func `another mistake is not taken for an unknown command`(arguments: [String]) {
        #expect(UnknownCommand(in: arguments)?.error.message == nil)
    }

    @Test func `all options with a value are known`() throws {
        for name in GlobalOptions.namesWithValue {
            let value = ["--parallel": "7", "--timeout": "7s", "-o": "json", "--output": "json"][name] ?? "7"
            #expect(try ClusterCLI.command([name, value, "version"]) is VersionShow)
        }
        let flags = ClusterCLI.helpMessage().matches(of: #/--([a-z-]+) </#).map { "--\($0.1)" }
        #expect(Set(flags).isSubset(of: GlobalOptions.namesWithValue))
    }

    @Test(arguments: [
        ("127.0.0.1:7420", "http://127.0.0.1:7420"), ("web.example:7420", "http://web.example:7420"),
        ("/x/agent.sock", "unix:/x/agent.sock"), ("./agent.sock", "unix:./agent.sock"),
    ])
    func `an address that lacks its beginning is recognised`(text: String, meant: String) {
        #expect(AgentAddress.complaint(about: text).hasSuffix(". Did you mean '\(meant)'?"))
    }

    @Test(arguments: ["a b", "ftp://a:1", "$(x)", "", "http://"])
    func `a text that is not an address has no suggestion`(text: String) {
        #expect(AgentAddress.complaint(about: text).hasSuffix("unix:PATH"))
    }

    @Test(arguments: [
        (["kill", "1", "-s", "SIGTREM"], "there is no signal 'SIGTREM'. Did you mean 'SIGTERM'?"),
        (["kill", "1", "-s", "hub"], "there is no signal 'hub'. Did you mean 'SIGHUP'?"),
        (["kill", "1", "-s", "SIGNONSENSE"], "there is no signal 'SIGNONSENSE'"),
        (["kill", "1", "-s", "99"], "there is no signal 99: signals have the numbers 1 to 64"),
        (["kill", "1", "--signl", "HUP"], "Did you mean '--signal'?"),
        (["help", "stauts"], "there is no command 'stauts'. Did you mean 'status'?"),
        (["help", "hosts", "nothing"], "there is no command 'nothing'; hosts has list"),
        (["status", "--all-host"], "Did you mean '--all-hosts'?"),
        (["kill", "-1"], "'-1' is taken for an option. Numbers here are not below 0"),
        (["scale", "-1"], "'-1' is taken for an option. Numbers here are not below 0"),
        (["send", "7", "-5"], "a message such as -5 stands behind --"),
        (["kill", "0"], "a worker's id is a number from 1"), (["worker", "x"], "a worker's id is a number from 1"),
        (["status", "--timeout", "0"], "it must be more than 0 and at most a year, such as 10, 300ms"),
        (["events", "--since", "soon"], "a date such as 2027-01-01"),
    ])
    func `a mistyped option gets a suggestion`(arguments: [String], message: String) {
        let error = #expect(throws: (any Error).self) { try ClusterCLI.command(arguments) }
        #expect(error.map { ClusterCLI.fullMessage(for: $0).contains(message) } ?? false)
    }

    @Test(arguments: [
        (["kill", "1", "--al"], "Usage: cluster-cli kill ", "See 'cluster-cli kill --help'"),
        (["-H", "a", "hosts", "ad"], "Usage: cluster-cli hosts ", "See 'cluster-cli hosts --help'"),
        (["stauts"], "Usage: cluster-cli [OPTIONS] COMMAND", "See 'cluster-cli --help'"),
    ])
    func `a mistake comes with the usage of its command`(arguments: [String], usage: String, help: String) {
        let error = #expect(throws: (any Error).self) { try ClusterCLI.command(arguments) }
        let text = error.map { ClusterCLI.fullMessage(for: $0, in: arguments) } ?? ""
        #expect(text.contains(usage) && text.contains(help), "\(text)")
    }

    /// A line of help that is too long would break in the middle of a sentence, at the first column.
    @Test func `examples fit a terminal of 80 columns`() {
        func check(_ command: any ParsableCommand.Type) {
            let lines = command.configuration.discussion.split(separator: "\n").filter { $0.hasPrefix("  ") }
            let tooLong = lines.filter { TerminalText.width(String($0)) >= 80 }
            #expect(tooLong.isEmpty, "\(command): \(tooLong)")
            command.configuration.subcommands.forEach(check)
        }
        check(ClusterCLI.self)
    }

    @Test func `the options for all commands are picked out of an incomplete line`() {
        let words = ["cluster-cli", "kill", "-s", "HUP", "--host", "a", "--group=b", "--all-hosts", "3", "--key"]
        #expect(GlobalOptions.only(in: words) == ["--host", "a", "--group=b", "--all-hosts"])
    }
}
