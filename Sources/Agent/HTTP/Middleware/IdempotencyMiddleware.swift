// SPDX-License-Identifier: Apache-2.0

import Crypto
import HTTPTypes
import History
import Hummingbird
import NIOCore
import Shared

/// Does a command with an `Idempotency-Key` once, and answers its repeats as the first time.
struct IdempotencyMiddleware: RouterMiddleware {
    let ledger: IdempotencyLedger
    let primary: any ClusterPrimary
    let recorder: EventRecorder

    func handle(
        _ request: Request, context: AgentRequestContext,
        next: (Request, AgentRequestContext) async throws -> Response
    ) async throws -> Response {
        // A key of anything else is not kept: its caller may not give a command, or is not even known.
        guard context.command != nil, let principal = context.principal, let key = request.headers[.idempotencyKey]
        else {
            return try await next(request, context)
        }
        try Self.check(key)
        let body = try await BodyReader.collect(request, context: context)
        let command = IdempotentRequest(
            principal: principal.description, key: key,
            fingerprint: Self.fingerprint(of: request, body: body), requestID: context.requestID, begunAt: .now)
        if let reply = try await ledger.begin(command) { return Self.replayed(reply) }
        do {
            let response = try await next(Request(head: request.head, body: RequestBody(buffer: body)), context)
            await finish(command, with: try await Self.outcome(of: response))
            return response
        } catch {
            await finish(command, with: await Self.outcome(of: error, for: request))
            throw error
        }
    }

    /// What the command has caused is stored first: an answer that is kept must not tell what a crash has undone.
    private func finish(_ command: IdempotentRequest, with outcome: IdempotencyOutcome) async {
        await recorder.settle(through: await primary.lastEventNumber)
        await ledger.finish(command, with: outcome)
    }

    private static func check(_ key: String) throws(ClusterError) {
        guard !PrintableText.isValid(key) else { return }
        throw ClusterError(
            .invalidArgument, .invalidParameter, "header Idempotency-Key: it must be 1 to 128 printable characters",
            metadata: ["parameter": "Idempotency-Key"])
    }

    private static func fingerprint(of request: Request, body: ByteBuffer) -> [UInt8] {
        var hash = SHA256()
        // Neither contains a line end, so no two requests give the same bytes.
        hash.update(data: Array("\(request.method.rawValue)\n\(request.uri.string)\n".utf8))
        hash.update(data: Array(body.readableBytesView))
        return Array(hash.finalize())
    }

    private static func outcome(of response: Response) async throws -> IdempotencyOutcome {
        let collector = BodyCollector()
        try await response.body.write(collector)
        return .answered(IdempotentReply(status: response.status.code, body: collector.bytes))
    }

    private static func outcome(of error: any Error, for request: Request) async -> IdempotencyOutcome {
        if error is CancellationError { return .unknown }
        if let error = error as? ClusterError, error.leavesNothingDone { return .nothingDone }
        guard let response = try? Refusal(error, for: request).response() else { return .unknown }
        return (try? await outcome(of: response)) ?? .unknown
    }

    private static func replayed(_ reply: IdempotentReply) -> Response {
        Response(
            status: .init(code: reply.status),
            headers: [.contentType: "application/json", .cacheControl: "no-store", .idempotentReplayed: "true"],
            body: ResponseBody(byteBuffer: ByteBuffer(bytes: reply.body)))
    }
}

extension ClusterError {
    /// The agent could not do it at that moment, and has not begun.
    fileprivate var leavesNothingDone: Bool {
        switch reason {
        case .shuttingDown, .historyUnavailable, .tooManyWorkers, .messageQueueFull: true
        default: false
        }
    }
}

extension HTTPField.Name {
    // A literal that is a valid name (RFC 9110, 5.1).
    static let idempotencyKey = HTTPField.Name("Idempotency-Key")!
    // A literal that is a valid name (RFC 9110, 5.1).
    static let idempotentReplayed = HTTPField.Name("Idempotent-Replayed")!
}
