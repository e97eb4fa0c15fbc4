// SPDX-License-Identifier: Apache-2.0

internal import Shared

/// Why a host did not do what it was asked: what was tried, what happened, what to do next.
struct Failure: Error, Hashable, Sendable {
    /// The difference that an exit code shows.
    enum Kind: Hashable, Sendable {
        /// The agent answered with an error, or with something that is not an answer.
        case refused
        case unreachable
        case unauthorised
        case timedOut
    }

    var kind: Kind
    /// Without the host's name.
    var message: String
    /// What may be the cause, or what to do about it.
    var hint: String?
    /// A command line that shows more.
    var nextStep: String?
    /// Waiting will not help, as with a certificate or a file.
    var isLasting = false
    /// The agent may have got the request and done it, although it did not answer.
    var mayHaveArrived = false
    /// The agent's own `error` object.
    var reply: RawJSON?
    /// The agent's stable code, if it gave one.
    var reason: ErrorReason?
    /// The HTTP status, if there was a refusal.
    var httpStatus: Int?
    /// The answer was longer than this program reads. A smaller page may fit.
    var isTooLarge = false
    /// An operation ended without success. The agent did what it was asked.
    var isVerdict = false
    /// Lines below the message, made safe for a terminal.
    var details: [String] = []

    /// `web-2: connection refused at 10.0.0.7:7420 (is cluster-agent running there?)`
    func line(host: String) -> String {
        let advice = [hint, nextStep.map { "try: \($0)" }].compactMap(\.self).joined(separator: " ")
        return TerminalText.safe("\(host): \(message)\(advice.isEmpty ? "" : " (\(advice))")")
    }

    /// The line, with the details below it.
    func text(host: String) -> String {
        ([line(host: host)] + details).joined(separator: "\n")
    }

    /// The `error` of a host's JSON: the agent's own, or one of the same form.
    var json: RawJSON {
        get throws {
            if let reply { return reply }
            return try RawJSON(object: [
                (name: "status", value: RawJSON(encoding: status)),
                (name: "message", value: RawJSON(encoding: message)),
            ])
        }
    }

    /// In the form of the agent's reply: `{"error": …}`.
    var jsonReply: RawJSON {
        get throws { try RawJSON(object: [(name: "error", value: json)]) }
    }

    private var status: ErrorStatus {
        if isVerdict { return .aborted }
        return switch kind {
        case .refused: .internal
        case .unreachable: .unavailable
        case .unauthorised: .unauthenticated
        case .timedOut: .deadlineExceeded
        }
    }
}

extension Host {
    /// The agent's address for messages.
    fileprivate var place: String {
        proxy.map { "\(address.place) by the proxy \($0.place)" } ?? address.place
    }
}

extension Proxy {
    fileprivate var advice: String { "\(variable) names the proxy; no_proxy names hosts that need none" }
}

extension Failure {
    /// Any error that kept a host from doing what it was asked.
    init(_ error: any Error) {
        self = (error as? Failure) ?? Failure(kind: .refused, message: "\(error)")
    }

    /// - Parameter timeout: how long this side waited if time ran out.
    init(_ failure: TransportFailure, at host: Host, after timeout: Duration) {
        let address = host.address
        let place = host.place
        switch failure {
        case .noSocket:
            self.init(
                kind: .unreachable, message: "there is no agent at \(place)",
                hint: "start one with: cluster-agent SCRIPT; or name another with --host")
        case .forbidden:
            self.init(
                kind: .unauthorised, message: "\(place) is not yours: permission denied",
                hint: "run this as the agent's user, or give its URL with --host and a token with --token-file",
                isLasting: true)
        case .unreachable(let why):
            if let proxy = host.proxy {
                self.init(
                    kind: .unreachable, message: "\(why) at the proxy \(proxy.place), which leads to \(address.place)",
                    hint: proxy.advice)
            } else {
                self.init(
                    kind: .unreachable, message: "\(why) at \(place)",
                    hint: address.hasPort
                        ? "is cluster-agent running there?" : "its URL names no port; agents listen on 7420",
                    nextStep: address.hasPort ? "cluster-cli hosts check" : nil)
            }
        case .unknownName:
            self.init(
                kind: .unreachable, message: "no such host name: \(place)",
                hint: host.proxy?.advice ?? "check the URL, or the inventory with: cluster-cli hosts")
        case .tls(let problem, let why):
            self.init(
                kind: .unreachable, message: "no secure connection to \(place): \(why)",
                hint: host.credentials.lacksKey && problem == .file
                    ? "--cert needs --key, unless its file holds the key too" : problem.hint,
                isLasting: true)
        case .notHTTP:
            self.init(
                kind: .refused, message: "\(place) answered something that is not HTTP",
                hint: "is it a cluster-agent, and its URL https:// and not http://?")
        case .timedOut:
            self.init(
                kind: .timedOut, message: "no answer from \(place) within \(timeout.text)",
                hint: "give it longer with --timeout")
            mayHaveArrived = true
        case .unanswered(let why):
            self.init(
                kind: .unreachable, message: "the connection to \(place) broke: \(why)",
                hint: address.adviceWhereItBreaks)
            mayHaveArrived = true
        case .lost(let why):
            self.init(kind: .unreachable, message: "the connection to \(place) broke: \(why)", hint: "try again")
            mayHaveArrived = true
        case .tooLarge(let limit):
            self = .badReply("with more than \(limit >> 20) MiB", from: host)
            isTooLarge = true
        case .badHead(let what): self = .badReply(what, from: host)
        case .setup(let why):
            self.init(kind: .unreachable, message: "cannot call \(place): \(why)", isLasting: true)
        }
    }

    /// An agent's answer with a status of 400 or more. `body` comes from outside and may be anything.
    ///
    /// - Parameter timeout: how long the agent may wait. Nil if it was not asked to wait.
    init(status: Int, body: [UInt8], from host: Host, within timeout: Duration? = nil) {
        let reply = RawJSON(body)?["error"]
        let said = reply?.decoded(as: Said.self)
        let reason = said?.details?.lazy.compactMap(\.reason).first
        let kind: Kind =
            switch status {
            case 401, 403: .unauthorised
            case 504: .timedOut
            default: .refused
            }
        // A proxy answers for the agent only if it understands the connection's protocol.
        let proxy = host.address.isEncrypted ? nil : host.proxy
        let speaker = proxy.map { "the proxy \($0.place), which leads to \(host.address.place)," } ?? host.place
        var message =
            said.map { TerminalText.fitting($0.message, width: Self.longestMessage) }
            ?? "\(speaker) answered HTTP \(status) without saying why"
        var hint: String? = said == nil ? proxy?.advice ?? "is it a cluster-agent?" : nil
        if let timeout, let wait = said?.metadata["timeoutMs"] {
            // The agent gets a little less, so that its answer arrives in time.
            message = message.replacing("\(wait) ms", with: timeout.text)
        }
        var nextStep = said?.aliveWorkers.map { "cluster-cli disconnect \($0) --deadline 5s" }
        if reason == .execNotSet { nextStep = "cluster-cli setup-primary --exec PROGRAM" }
        if reason == .operationUnderWay, let id = try? said?.metadata["operation"].map(OperationID.parse) {
            // The request's field is an option here.
            message = message.replacing("or use force", with: "or use --force")
            nextStep = "cluster-cli operation \(id) --wait"
        }
        if status == 401 {
            message = "not authorised: \(message)"
            let file = host.credentials.tokenFile
            hint = file.map { "the token is that of \($0)" } ?? "give the agent's token with --token-file"
        }
        self.init(
            kind: kind, message: reason.map { "\(message) [\($0.rawValue)]" } ?? message, hint: hint,
            nextStep: nextStep,
            reply: said == nil ? nil : reply, reason: reason, httpStatus: status)
    }

    /// A reply with a good status that cannot be understood.
    static func badReply(_ what: String, from host: Host) -> Failure {
        Failure(
            kind: .refused, message: "\(host.place) answered \(what)",
            hint: "is it a cluster-agent, and as new as this program?")
    }

    /// A proxy that passes plain HTTP on could read a token.
    static func tokenWouldLeak(to proxy: Proxy, of address: AgentAddress) -> Failure {
        Failure(
            kind: .unreachable,
            message: "the token for \(address.place) is not sent without TLS through the proxy \(proxy.place)",
            hint: "use https://; or \(proxy.advice)", isLasting: true)
    }

    /// The width of an agent's text. It may send a megabyte.
    private static let longestMessage = 2000

    /// The needed part of `ErrorReply`. Unlike that, it takes statuses that do not exist yet.
    private struct Said: Decodable {
        var message: String
        var details: [Info]?

        struct Info: Decodable {
            var reason: ErrorReason?
            var metadata: [String: String]?
        }

        var metadata: [String: String] { details?.lazy.compactMap(\.metadata).first ?? [:] }

        /// The ids of workers that a failed fork has left running, as arguments. Nil if it has left no worker.
        var aliveWorkers: String? {
            let ids = metadata["aliveWorkerIds"]?.split(separator: ",") ?? []
            guard !ids.isEmpty, ids.allSatisfy({ WorkerID(String($0)) != nil }) else { return nil }
            return ids.joined(separator: " ")
        }
    }
}
