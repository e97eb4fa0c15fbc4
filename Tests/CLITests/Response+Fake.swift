// SPDX-License-Identifier: Apache-2.0

import HTTPTypes
import Hummingbird

/// The connection is to break here.
struct Break: Error {}

extension Response {
    static func json(_ text: String, status: HTTPResponse.Status = .ok) -> Response {
        Response(
            status: status, headers: [.contentType: "application/json"],
            body: ResponseBody(byteBuffer: ByteBuffer(string: text)))
    }

    /// The contract's error body.
    static func error(_ code: Int, _ status: String, _ reason: String, _ message: String) -> Response {
        json(
            """
            {"error": {"code": \(code), "status": "\(status)", "message": "\(message)", "details": [{"@type": \
            "type.googleapis.com/google.rpc.ErrorInfo", "reason": "\(reason)", "domain": "cluster-agent", \
            "metadata": {}}]}}
            """, status: HTTPResponse.Status(code: code))
    }

    /// Sends the pieces, then breaks the connection in the middle of the body.
    static func cut(after pieces: [String]) -> Response {
        Response(
            status: .ok,
            body: ResponseBody { writer in
                for piece in pieces { try await writer.write(ByteBuffer(string: piece)) }
                throw Break()
            })
    }

    /// Sends the pieces and then nothing more until the client or the agent goes.
    static func stream(_ pieces: [String]) -> Response {
        Response(
            status: .ok,
            body: ResponseBody { writer in
                for piece in pieces { try await writer.write(ByteBuffer(string: piece)) }
                try await untilCancelled()
            })
    }
}

/// Returns when the task is cancelled, by an error.
func untilCancelled() async throws {
    let (stream, continuation) = AsyncStream.makeStream(of: Never.self)
    for await _ in stream {}
    continuation.finish()
    throw CancellationError()
}

/// Never answers.
func silence() async throws -> Response {
    try await untilCancelled()
    return Response(status: .ok)
}
