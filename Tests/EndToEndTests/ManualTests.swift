// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

/// The man pages, which `scripts/manual` makes of what the programs' help is made of.
@Suite(.timeLimit(.minutes(2)))
struct ManualTests {
    private func page(_ program: String, _ commands: String...) async throws -> String {
        let script = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../scripts/manual")
        let outcome = try await RunningProgram.run(
            script.standardizedFileURL.path, [RunningProgram.built(program)] + commands)
        #expect(outcome.status == 0, "\(outcome.errors)")
        // Without what is for the formatter.
        return outcome.output.replacing("\\-", with: "-").replacing(/\\f[BIR]/, with: "")
    }

    @Test func `the CLI's page has each command, its options and the exit codes`() async throws {
        let page = try await page("cluster-cli")
        for command in ["status", "workers", "fork", "kill", "hosts add", "completions"] {
            #expect(page.contains(".SS cluster-cli \(command) [options]"))
        }
        for section in ["NAME", "SYNOPSIS", "DESCRIPTION", "EXAMPLES", "ENVIRONMENT", "FILES", "EXIT STATUS"] {
            #expect(page.contains("\n.SH \(section)\n"))
        }
        #expect(page.contains("\n-H, --host host\n") && page.contains("\n--wait wait\n"))
        #expect(page.contains(".TP\n.B 124\ntime ran out\n"))
    }

    @Test func `the agent's page has its options and its commands`() async throws {
        let page = try await page("cluster-agent", "token", "config", "history", "logs", "init")
        #expect(page.contains("\n--workers ") && page.contains("\n--data-dir "))
        #expect(page.contains(".SS cluster-agent token create") && page.contains(".SS cluster-agent config check"))
        #expect(page.contains(".SS cluster-agent history export") && page.contains(".SS cluster-agent init"))
        for section in ["EXAMPLES", "SIGNALS", "ENVIRONMENT", "FILES", "EXIT STATUS"] {
            #expect(page.contains("\n.SH \(section)\n"))
        }
        #expect(page.contains(".TP\n.B 74\nthe output of a command is lost\n"))
    }
}
