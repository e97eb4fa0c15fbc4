// SPDX-License-Identifier: Apache-2.0

internal import ArgumentParser
internal import Contract
internal import Shared

/// `cluster-cli dashboard`
struct Dashboard: SessionCommand {
    static let configuration = CommandConfiguration(
        commandName: "dashboard", abstract: "Prints a link to the web page.",
        discussion: """
            EXAMPLES:
              cluster-cli dashboard                         the local agent's
              xdg-open "$(cluster-cli dashboard)"           in the browser
              cluster-cli -H web-1 dashboard                another host's
              cluster-cli --token-file reader dashboard     for who may only look

            The link has a token and lets in whoever has it: the admin's for the local agent, else the one of --token-file or \
            the inventory. The page takes the token out of the address bar at once. It keeps it until the tab is closed.
            """)

    @OptionGroup var global: GlobalOptions

    func run(in session: Session) async throws -> ExitStatus {
        let options = session.options
        let answers = await session.onEachHost(within: .allCalls(options.timeout.duration)) { client in
            do {
                let json = try await client.get("/v1/version")
                let link = try DashboardLink(to: client.host, of: client.decoded(json), options: options)
                return try Answer(link: link)
            } catch {
                return Answer(link: nil, answer: HostAnswer(Failure(error)))
            }
        }
        let report = Report(
            tables: [], answers: answers.map { ($0.host, $0.answer.answer) }, isList: session.isList)
        guard options.output == .table else { return try session.show(report) }
        // A table would cut the links off at the terminal's width.
        for (host, answer) in answers {
            guard let link = answer.link else { continue }
            let name = answers.count > 1 ? "\(TerminalText.safe(host))  " : ""
            try StandardStreams.write(Array("\(name)\(link.url)\n".utf8))
            if let advice = link.advice { StandardStreams.complain("\(TerminalText.safe(host)): \(advice)") }
        }
        for line in report.complaints { StandardStreams.complain(line) }
        return report.status
    }

    private struct Answer: Sendable {
        var link: DashboardLink?
        var answer: HostAnswer

        init(link: DashboardLink?, answer: HostAnswer) {
            self.link = link
            self.answer = answer
        }

        init(link: DashboardLink) throws {
            let json = try RawJSON(object: [(name: "link", value: RawJSON(encoding: link.url))])
            self.init(link: link, answer: HostAnswer(json: json, rows: []))
        }
    }
}
