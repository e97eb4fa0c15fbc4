// SPDX-License-Identifier: Apache-2.0

import FoundationEssentials
import HTTPTypes
import Hummingbird
import NIOCore
import ServiceLifecycle
import Shared

/// Replies that go on until the client or the agent ends them, as server-sent events or as JSON lines.
struct WatchStreams: Sendable {
    let access: AccessPolicy
    let clock: any Clock<Duration>

    /// - Parameters:
    ///   - end: ends what is written, wherever that is.
    ///   - write: writes in a format until there is nothing more.
    func response(
        to call: Call, end: @escaping @Sendable () -> Void,
        write: @escaping @Sendable (EventStreamFormat, (ByteBuffer) async throws -> Void) async throws -> Void
    ) -> Response {
        let (request, token) = (call.request, call.context.token)
        let format = EventStreamFormat(accept: request.headers[.accept])
        return Response(
            status: .ok, headers: [.contentType: format.mediaType, .cacheControl: "no-store"],
            body: ResponseBody { writer in
                let endings = [endAfterShutdown(end), endWithToken(token, end)]
                defer { for ending in endings { ending.cancel() } }
                // The client has gone when its side closes. The agent has ended when it has told of its own end. Until
                // one of these, this continues.
                try await request.body.consumeWithCancellationOnInboundClose { _ in
                    // Tells a client at once that it is connected.
                    try await writer.write(ByteBuffer(bytes: format.heartbeat))
                    try await write(format) { try await writer.write($0) }
                }
                try await writer.finish(nil)
            })
    }

    /// The last event comes within moments, unless the history does not work. A slow reader does not get more time.
    private func endAfterShutdown(_ end: @escaping @Sendable () -> Void) -> Task<Void, any Error> {
        Task {
            try await gracefulShutdown()
            try await clock.sleep(for: .seconds(1))
            end()
        }
    }

    /// A watch lasts as long as its client likes, so the token is checked from time to time. A client that connects
    /// again is told why.
    private func endWithToken(_ token: TokenHash?, _ end: @escaping @Sendable () -> Void) -> Task<Void, any Error> {
        Task {
            while access.isValid(token) { try await clock.sleep(for: .seconds(5)) }
            end()
        }
    }
}

/// Where a watch begins.
enum WatchCursor: Hashable, Sendable {
    /// After the event with this `seq`.
    case after(Int64)
    /// With the oldest event that is kept.
    case earliest
    /// With the next event.
    case latest

    /// `Last-Event-ID` is what a client sends that resumes by itself (HTML, 9.2.4), so it goes before the query that
    /// the client began with.
    init(_ call: Call, ofQuery name: String, _ thing: String) throws(ClusterError) {
        if let last = call.request.headers[.lastEventID], !last.isEmpty {
            guard let seq = Int64(digits: last) else {
                throw QueryParameters.invalid("Last-Event-ID", "it must be the seq of \(thing)")
            }
            self = .after(seq)
            return
        }
        switch call.query[name] {
        case nil, "latest": self = .latest
        case "earliest": self = .earliest
        case let text?:
            guard let seq = Int64(digits: text) else {
                throw QueryParameters.invalid(name, "it must be the seq of \(thing), earliest or latest")
            }
            self = .after(seq)
        }
    }
}

extension Call {
    /// Whose watcher this is.
    var watcherOwner: WatcherOwner {
        WatcherOwner(
            principal: context.principal?.description, address: ClientAddress(context.channel.remoteAddress))
    }
}

extension HTTPField.Name {
    // A literal that is a valid name (RFC 9110, 5.1).
    static let lastEventID = HTTPField.Name("Last-Event-ID")!
}
