// SPDX-License-Identifier: Apache-2.0

internal import CCurl
internal import Glibc

/// Why there is no whole reply.
enum TransportFailure: Error, Equatable {
    /// No connection was made, and nothing was sent. The text is the system's, `connection refused`.
    case unreachable(String)
    /// No name server knows the host.
    case unknownName
    /// The socket's file is missing.
    case noSocket
    /// This user may not use the socket's file.
    case forbidden
    /// A certificate or a protocol version did not suit.
    case tls(TLSProblem, String)
    /// What came back is not HTTP.
    case notHTTP
    case timedOut
    /// The connection broke before the reply began.
    case unanswered(String)
    /// The connection broke before the reply was whole.
    case lost(String)
    /// The body is longer than this many bytes.
    case tooLarge(Int)
    /// The head has something that this program does not accept, or has no end.
    case badHead(String)
    /// libcurl could not even begin.
    case setup(String)

    /// - Parameters:
    ///   - systemError: the `errno` of the failed connection, 0 if there is none.
    ///   - verification: OpenSSL's verdict on the certificate, 0 if it is good or there is none.
    ///   - text: libcurl's own words.
    ///   - headWasSeen: whether the agent had begun to answer.
    init(_ result: CURLcode, systemError: Int32, verification: Int = 0, text: String, headWasSeen: Bool) {
        if let problem = TLSProblem(result, verification: verification, text: text) {
            self = .tls(problem, text)
            return
        }
        self =
            switch result {
            case CURLE_OPERATION_TIMEDOUT: .timedOut
            case CURLE_COULDNT_RESOLVE_HOST, CURLE_COULDNT_RESOLVE_PROXY: .unknownName
            case CURLE_COULDNT_CONNECT where systemError == ENOENT: .noSocket
            case CURLE_COULDNT_CONNECT where systemError == EACCES: .forbidden
            case CURLE_COULDNT_CONNECT where systemError > 0:
                .unreachable(String(cString: strerror(systemError)).lowercased())
            case CURLE_COULDNT_CONNECT: .unreachable("cannot connect")
            case CURLE_UNSUPPORTED_PROTOCOL, CURLE_WEIRD_SERVER_REPLY: .notHTTP
            // One line of the head has no end.
            case CURLE_OUT_OF_MEMORY where !headWasSeen: .badHead("a head without end")
            case CURLE_SEND_ERROR, CURLE_RECV_ERROR, CURLE_GOT_NOTHING, CURLE_PARTIAL_FILE,
                CURLE_HTTP2, CURLE_HTTP2_STREAM:
                headWasSeen ? .lost(text) : .unanswered(text)
            default: headWasSeen ? .lost(text) : .setup(text)
            }
    }
}
