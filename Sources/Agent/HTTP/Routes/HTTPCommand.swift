// SPDX-License-Identifier: Apache-2.0

import Contract
import Crypto
import HTTPTypes
import Hummingbird
import NIOCore
import Shared

/// A command that came over HTTP.
struct HTTPCommand: CommandFront {
    typealias Handler = @Sendable (Call, Command) async throws -> CommandAnswer

    let endpoint: Endpoint
    let request: Request
    let context: AgentRequestContext
    let handler: Handler

    /// The command, with the key and the name of the call from HTTP.
    /// - Throws: `TOKEN_MISSING`
    func command(_ kind: CommandKind) throws(ClusterError) -> Command {
        Command(
            kind: kind, principal: try context.caller, requestID: context.requestID,
            idempotencyKey: request.headers[.idempotencyKey], call: (request.method.rawValue, path))
    }

    func read() async throws -> (front: HTTPCommand, fingerprint: [UInt8]) {
        let body = try await BodyReader.collect(request, context: context)
        let whole = Request(head: request.head, body: RequestBody(buffer: body))
        var hash = SHA256()
        // Neither part contains a line end, so two requests never give the same bytes.
        hash.update(data: Array("\(request.method.rawValue)\n\(request.uri.string)\n".utf8))
        hash.update(data: Array(body.readableBytesView))
        let front = HTTPCommand(endpoint: endpoint, request: whole, context: context, handler: handler)
        return (front, Array(hash.finalize()))
    }

    func perform(_ command: Command) async throws -> CommandAnswer {
        try await handler(Call(endpoint, request, context), command)
    }

    func answer(to error: any Error) throws -> CommandAnswer {
        let refusal = Refusal(error, for: request)
        return CommandAnswer(status: refusal.status.code, body: Array(try refusal.body().readableBytesView))
    }

    /// The path with each run of slashes shortened to one. A caller can send thousands, and the audit keeps the path.
    private var path: String {
        let path = request.uri.path.split(separator: "/").reduce(into: "") { $0 += "/" + $1 }
        return path.beginning(1024)
    }
}

extension Response {
    init(_ answer: CommandAnswer) {
        self = .json(
            encoded: ByteBuffer(bytes: answer.body), status: HTTPResponse.Status(number: answer.status),
            headers: answer.isReplayed ? [.idempotentReplayed: "true"] : [:])
    }
}

extension CommandAnswer {
    /// An answer in JSON.
    static func json(_ value: some Encodable, status: HTTPResponse.Status = .ok) throws -> CommandAnswer {
        CommandAnswer(status: status.code, body: Array(try Response.jsonBytes(of: value).readableBytesView))
    }
}

extension HTTPField.Name {
    // This literal is a valid name (RFC 9110, 5.1).
    static let idempotencyKey = HTTPField.Name("Idempotency-Key")!
    // This literal is a valid name (RFC 9110, 5.1).
    static let idempotentReplayed = HTTPField.Name("Idempotent-Replayed")!
}
