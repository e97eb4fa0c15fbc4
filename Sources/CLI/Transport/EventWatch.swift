// SPDX-License-Identifier: Apache-2.0

internal import Shared

/// One connection to `GET /v1/events:watch` or `/v1/logs:watch`, from its start to its end.
@TransportActor
struct EventWatch {
    /// Why a watch ended without an error.
    enum End: Sendable {
        /// This side was too slow. The history has what was missed.
        case lagged
        /// The agent stops, or an intermediary has ended the connection.
        case closed
    }

    /// The agent sends something at least every 15 s. After three times that without a byte, the connection is dead.
    static let longestSilence = Duration.seconds(45)
    private static let largestError = 1 << 20

    let client: AgentClient
    let query: any WantedRows
    let messages: Bool
    /// The longest event, as long as a page of the history. A longer event is left out.
    var longestLine = AgentClient.largestReply
    /// The agent passes on messages of up to 256 MiB, and as text they may be twice as long.
    var longestSkipped = 512 << 20
    /// After this time without a byte the connection counts as broken.
    var silence = EventWatch.longestSilence

    /// - Parameters:
    ///   - opened: called when the agent has accepted the watch.
    ///   - received: called with the events of each piece, in order.
    ///   - skipped: called with the number of events that were too long.
    /// - Throws: `Failure`, or an error from `received`.
    func run(
        after cursor: EventCursor, opened: () -> Void, received: ([EventLine]) throws -> Void,
        skipped: (Int) -> Void = { _ in }
    ) async throws -> End {
        if let problem = client.host.problem { throw problem }
        guard await client.isFound(until: .now + client.limit.duration) else { throw client.lateBeforeCall }
        let request = HTTPRequest(
            host: client.host, method: .get,
            target: QueryString.target(query.path + ":watch", query.watch(after: cursor, messages: messages)),
            headers: [(name: "Accept", value: "application/x-ndjson")], body: nil,
            limits: .stream(head: client.limit.duration, idle: silence))
        var status = 0
        var errorBody: [UInt8] = []
        var splitter = LineAssembler(limit: longestLine)
        do {
            let loop = TransportActor.shared.loop
            let reply = try loop.start(request)
            defer { loop.cancel(reply) }
            receiving: while let part = try await reply.next() {
                switch part {
                case .head(let code, _):
                    status = code
                    if status == 200 { opened() }
                case .bytes(let bytes) where status != 200:
                    errorBody += bytes
                    guard errorBody.count <= Self.largestError else { break receiving }
                case .bytes(let bytes):
                    let (lines, tooLong) = try splitter.skipping(bytes, upTo: longestSkipped)
                    if tooLong > 0 { skipped(tooLong) }
                    let events = lines.filter { !Self.isHeartbeat($0) }.map(Self.event)
                    try received(events.filter { !$0.isLagged })
                    if events.contains(where: \.isLagged) { return .lagged }
                }
            }
        } catch let failure as TransportFailure {
            let limit = status == 200 ? silence : client.limit.duration
            throw Failure(failure, at: client.host, after: limit)
        } catch is LineAssembler.TooLong {
            throw Failure.badReply(
                "with one of its \(query.member) over \(longestSkipped >> 20) MiB", from: client.host)
        }
        guard status == 200 else {
            throw Failure(status: status, body: errorBody, from: client.host)
        }
        return .closed
    }

    /// An empty line or a comment.
    private static func isHeartbeat(_ line: [UInt8]) -> Bool {
        line.isEmpty || line.first == UInt8(ascii: ":")
    }

    /// A line that is not an event does not hide the others.
    private static func event(_ line: [UInt8]) -> EventLine {
        RawJSON(line).map(EventLine.init) ?? EventLine(unreadable: line)
    }
}
