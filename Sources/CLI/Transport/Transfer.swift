// SPDX-License-Identifier: Apache-2.0

internal import CCurl

/// One easy handle of libcurl, with everything that must live as long.
///
/// Not Sendable: the loop's thread makes it, runs its callbacks and ends it.
final class Transfer {
    typealias ID = UInt64

    let id: ID
    let easy: UnsafeMutableRawPointer
    /// When the transfer is given up if no byte comes before. Nil if libcurl keeps the time.
    private(set) var idleDeadline: ContinuousClock.Instant?

    private let limits: HTTPRequest.Limits
    private let reply: ReplyStream
    private let errorText: UnsafeMutablePointer<CChar>
    private var headers: UnsafeMutablePointer<curl_slist>?
    private var retryAfter: Int?
    private var headIsComplete = false
    private var status = 0
    /// Bytes of all heads, including interim replies and trailers, because a server may send any number of them.
    private var headBytes = 0
    private var bodyBytes = 0
    private let largestBody: Int?
    /// Why the rest is refused. libcurl then ends the transfer.
    private var refusal: TransportFailure?

    /// An agent's head has a few hundred bytes.
    private static let largestHead = 256 << 10

    /// - Throws: `TransportFailure.setup` if libcurl refuses an option, such as the path of a CA file.
    init(_ request: HTTPRequest, reply: ReplyStream) throws(TransportFailure) {
        guard let easy = curl_easy_init() else { throw .setup("libcurl has no memory") }
        self.id = reply.id
        self.reply = reply
        self.easy = easy
        self.limits = request.limits
        largestBody = request.largestBody
        errorText = .allocate(capacity: Int(CURL_ERROR_SIZE))
        errorText.initialize(repeating: 0, count: Int(CURL_ERROR_SIZE))
        if case .stream(let head, _) = request.limits { idleDeadline = .now + head }
        try configure(request)
    }

    deinit {
        curl_easy_cleanup(easy)
        curl_slist_free_all(headers)
        errorText.deallocate()
    }

    /// Tells the reader that the transfer has ended. The handle must have left the multi handle.
    func finish(_ result: CURLcode) {
        if result == CURLE_OK {
            reply.finish(.success(()))
        } else if let refusal {
            reply.finish(.failure(refusal))
        } else {
            let systemError = Int32(clamping: ccurl_get_long(easy, CURLINFO_OS_ERRNO))
            let text = String(cString: errorText)
            reply.finish(
                .failure(
                    TransportFailure(
                        result, systemError: systemError,
                        verification: ccurl_get_long(easy, CURLINFO_SSL_VERIFYRESULT),
                        text: text.isEmpty ? String(cString: curl_easy_strerror(result)) : text,
                        headWasSeen: headIsComplete)))
        }
    }

    private func configure(_ request: HTTPRequest) throws(TransportFailure) {
        let context = Unmanaged.passUnretained(self).toOpaque()
        var settings: [CURLcode] = [
            ccurl_set_pointer(easy, CURLOPT_ERRORBUFFER, errorText),
            // libcurl must not use SIGALRM to limit name look-ups, because that would hit the whole program.
            ccurl_set_long(easy, CURLOPT_NOSIGNAL, 1),
            // When the time is over, libcurl would wait for its look-up thread, and a silent name server would hold the
            // loop.
            ccurl_set_long(easy, CURLOPT_QUICK_EXIT, 1),
            ccurl_set_string(easy, CURLOPT_PROTOCOLS_STR, "http,https"),
            ccurl_set_long(easy, CURLOPT_HTTP_VERSION, Int(CURL_HTTP_VERSION_1_1)),
            ccurl_set_string(easy, CURLOPT_URL, request.host.address.baseURL + request.target),
            ccurl_set_pointer(easy, CURLOPT_WRITEDATA, context),
            ccurl_set_receiver(easy, CURLOPT_WRITEFUNCTION, receiveBody),
            ccurl_set_pointer(easy, CURLOPT_HEADERDATA, context),
            ccurl_set_receiver(easy, CURLOPT_HEADERFUNCTION, receiveHeader),
        ]
        if case .unix(let path) = request.host.address {
            settings.append(ccurl_set_string(easy, CURLOPT_UNIX_SOCKET_PATH, path))
        }
        settings += [
            // An empty text means no proxy, whatever the environment says: `Proxy` has read it.
            ccurl_set_string(easy, CURLOPT_PROXY, request.host.proxy?.url ?? ""),
            ccurl_set_string(easy, CURLOPT_NOPROXY, ""),
            // A proxy's answer to CONNECT is not the agent's answer.
            ccurl_set_long(easy, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1),
        ]
        switch request.limits {
        case .total(let duration):
            // Zero would mean no limit.
            settings.append(ccurl_set_long(easy, CURLOPT_TIMEOUT_MS, max(1, Int(duration.wholeMilliseconds))))
        case .stream(let head, _):
            settings.append(ccurl_set_long(easy, CURLOPT_CONNECTTIMEOUT_MS, max(1, Int(head.wholeMilliseconds))))
        }
        if let body = request.body {
            settings.append(ccurl_set_long(easy, CURLOPT_POST, 1))
            settings.append(ccurl_set_offset(easy, CURLOPT_POSTFIELDSIZE_LARGE, curl_off_t(body.count)))
            settings.append(
                body.withUnsafeBytes {
                    // COPYPOSTFIELDS with NULL means "no body", and so does an empty body.
                    ccurl_set_pointer(
                        easy, CURLOPT_COPYPOSTFIELDS, UnsafeMutableRawPointer(mutating: $0.baseAddress))
                })
        }
        settings += request.host.credentials.apply(to: easy)
        // Otherwise libcurl would wait for "100 Continue" before a large body.
        var lines = ["Expect:"]
        lines += request.headers.map { "\($0.name): \($0.value)" }
        if let token = request.host.credentials.token { lines.append("Authorization: Bearer \(token)") }
        for line in lines { headers = curl_slist_append(headers, line) }
        settings.append(ccurl_set_pointer(easy, CURLOPT_HTTPHEADER, headers))
        if let refused = settings.first(where: { $0 != CURLE_OK }) {
            throw .setup(String(cString: curl_easy_strerror(refused)))
        }
    }

    /// False if the transfer must end here.
    fileprivate func didReceiveHeader(_ line: UnsafeRawBufferPointer) -> Bool {
        headBytes += line.count
        guard headBytes <= Self.largestHead else {
            return refuse(.badHead("a head with more than \(Self.largestHead >> 10) KiB"))
        }
        let text = String(decoding: line, as: UTF8.self)
        if text == "\r\n" || text == "\n" {
            let status = ccurl_get_long(easy, CURLINFO_RESPONSE_CODE)
            // An interim reply, such as "100 Continue".
            guard status >= 200, !headIsComplete else { return true }
            headIsComplete = true
            self.status = status
            noteActivity()
            reply.deliver(.head(status: status, retryAfter: retryAfter))
            return true
        }
        guard let colon = text.firstIndex(of: ":") else { return true }
        let value = text[text.index(after: colon)...].drop { $0 == " " || $0 == "\t" }
        switch text[..<colon].lowercased() {
        case "retry-after": retryAfter = Int(value.prefix { $0.isASCII && $0.isNumber })
        // libcurl would unpack it, and a thousand bytes could become a million.
        case "transfer-encoding" where value.filter({ !$0.isWhitespace }).lowercased() != "chunked":
            return refuse(.badHead("in an encoding that was not asked for"))
        default: break
        }
        return true
    }

    /// False if the transfer must end here.
    fileprivate func didReceiveBody(_ bytes: UnsafeRawBufferPointer) -> Bool {
        noteActivity()
        bodyBytes += bytes.count
        if let largestBody, bodyBytes > largestBody { return refuse(.tooLarge(largestBody)) }
        reply.deliver(.bytes(Array(bytes)))
        return true
    }

    private func refuse(_ failure: TransportFailure) -> Bool {
        refusal = failure
        return false
    }

    /// A stream lasts as long as something comes. A refusal must be over in the time of its head.
    private func noteActivity() {
        if case .stream(_, let idle) = limits, status == 200 { idleDeadline = .now + idle }
    }
}

private func receiveHeader(
    bytes: UnsafeMutablePointer<CChar>?, size: Int, count: Int, context: UnsafeMutableRawPointer?
) -> Int {
    guard let context else { return 0 }
    // libcurl promises that size is 1 (CURLOPT_WRITEFUNCTION(3)). Any other return value than the count ends the
    // transfer.
    let goesOn = Unmanaged<Transfer>.fromOpaque(context).takeUnretainedValue()
        .didReceiveHeader(UnsafeRawBufferPointer(start: bytes, count: count))
    return goesOn ? count : count + 1
}

private func receiveBody(
    bytes: UnsafeMutablePointer<CChar>?, size: Int, count: Int, context: UnsafeMutableRawPointer?
) -> Int {
    guard let context else { return 0 }
    let goesOn = Unmanaged<Transfer>.fromOpaque(context).takeUnretainedValue()
        .didReceiveBody(UnsafeRawBufferPointer(start: bytes, count: count))
    return goesOn ? count : count + 1
}
