// SPDX-License-Identifier: Apache-2.0

import CCurl
import Glibc
import Testing

@testable import CLI

struct ExitStatusTests {
    private static func failure(_ kind: Failure.Kind) -> Failure { Failure(kind: kind, message: "") }

    @Test(arguments: [
        (Failure.Kind.refused, 1), (.unreachable, 69), (.unauthorised, 77), (.timedOut, 124),
    ])
    func `if all failures are of one kind, that kind has its own code`(kind: Failure.Kind, code: Int) {
        let failures = [Self.failure(kind), Self.failure(kind)]
        #expect(ExitStatus(failures: failures, successes: 0).rawValue == Int32(code))
        #expect(ExitStatus(failures: failures, successes: 1).rawValue == 2)
    }

    @Test func `success is 0`() {
        #expect(ExitStatus(failures: [], successes: 0) == .done)
    }

    @Test func `failures of different kinds are 1`() {
        let failures = [Self.failure(.unreachable), Self.failure(.unauthorised)]
        #expect(ExitStatus(failures: failures, successes: 0) == .refused)
    }

    @Test func `hosts that are down and hosts that are silent count together as not reached`() {
        let failures = [Self.failure(.timedOut), Self.failure(.unreachable)]
        #expect(ExitStatus(failures: failures, successes: 0) == .unreachable)
        #expect(ExitStatus(failures: failures, successes: 1) == .mixed)
    }

    @Test(arguments: [(401, Failure.Kind.unauthorised), (403, .unauthorised), (404, .refused), (504, .timedOut)])
    func `an agent's status has its kind`(status: Int, kind: Failure.Kind) {
        #expect(Failure(status: status, body: [], from: Host(name: "a", address: .unix(path: "/a"))).kind == kind)
    }

    @Test func `an error body is reported with its reason and kept as it came`() throws {
        let body = #"{"error": {"code": 409, "status": "BRAND_NEW", "message": "no", "details": [{"reason": "WHY"}]}}"#
        let failure = Failure(status: 409, body: Array(body.utf8), from: Host(name: "a", address: .unix(path: "/a")))
        #expect(failure.line(host: "web-1") == "web-1: no [WHY]")
        #expect(try failure.json.bytes.elementsEqual(#require(RawJSON(body.utf8)?["error"]).bytes))
    }

    @Test(arguments: [#"{"error": 1}"#, #"{"error": {"message": 5}}"#, "<html>", "", "[]"])
    func `an unreadable error body still makes a message`(body: String) {
        let host = Host(name: "a", address: .tcp(url: "http://a", authority: "a"))
        let failure = Failure(status: 502, body: Array(body.utf8), from: host)
        #expect(
            failure.line(host: "web-1") == "web-1: a:80 answered HTTP 502 without saying why (is it a cluster-agent?)")
    }

    @Test func `libcurl's results have their kinds`() {
        func failure(_ result: CURLcode, _ error: Int32, headWasSeen: Bool = false) -> TransportFailure {
            TransportFailure(result, systemError: error, text: "t", headWasSeen: headWasSeen)
        }
        #expect(failure(CURLE_COULDNT_CONNECT, ECONNREFUSED) == .unreachable("connection refused"))
        #expect(failure(CURLE_COULDNT_CONNECT, ENOENT) == .noSocket)
        #expect(failure(CURLE_COULDNT_CONNECT, EACCES) == .forbidden)
        #expect(failure(CURLE_OPERATION_TIMEDOUT, 0) == .timedOut)
        #expect(failure(CURLE_GOT_NOTHING, 0) == .unanswered("t"))
        #expect(failure(CURLE_RECV_ERROR, 0, headWasSeen: true) == .lost("t"))
        #expect(failure(CURLE_PEER_FAILED_VERIFICATION, 0) == .tls(.other, "t"))
    }

    @Test func `an agent that had begun to answer is not suspected of not speaking TLS`() {
        let host = Host(name: "a", address: .tcp(url: "http://a:1", authority: "a:1"))
        let broken = Failure(.lost("t"), at: host, after: .zero)
        #expect(broken.line(host: "a") == "a: the connection to a:1 broke: t (try again)")
        #expect(Failure(.unanswered("t"), at: host, after: .zero).hint?.contains("https://") ?? false)
    }

    @Test func `the socket of another user's agent ends with 77`() {
        let host = Host(name: "local", address: .unix(path: "/run/agent.sock"))
        let failure = Failure(.forbidden, at: host, after: .zero)
        #expect(ExitStatus(failures: [failure], successes: 0) == .unauthorised)
        #expect(
            failure.line(host: "local").hasPrefix("local: /run/agent.sock is not yours: permission denied (run this as")
        )
    }

    @Test func `only a failure that may be an accident is tried again`() {
        #expect(RetryPolicy.isWorthwhile(TransportFailure.lost("")))
        #expect(!RetryPolicy.isWorthwhile(TransportFailure.unreachable("connection refused")))
        #expect(!RetryPolicy.isWorthwhile(TransportFailure.timedOut))
        #expect(
            RetryPolicy.isWorthwhile(Failure(status: 503, body: [], from: Host(name: "a", address: .unix(path: "/")))))
        #expect(
            !RetryPolicy.isWorthwhile(Failure(status: 500, body: [], from: Host(name: "a", address: .unix(path: "/"))))
        )
        #expect(RetryPolicy.delay(afterAttempt: 3, retryAfter: nil) == .milliseconds(400))
        #expect(RetryPolicy.delay(afterAttempt: 1, retryAfter: 5) == .seconds(5))
        #expect(RetryPolicy.delay(afterAttempt: .max, retryAfter: .max) == .seconds(86_400))
    }
}
