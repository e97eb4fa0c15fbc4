// SPDX-License-Identifier: Apache-2.0

import Contract
import FoundationEssentials
import NIOCore
import Shared
import WorkerLogs

/// How what workers print is written to a stream.
extension EventStreamFormat {
    func bytes(of element: LogFeed.Element) throws -> ByteBuffer {
        switch element {
        case .idle: return ByteBuffer(bytes: heartbeat)
        case .gap:
            let line = LogLine(
                seq: nil, time: .now, workerId: nil, instance: nil, stream: "agent",
                line: "lines may be missing here: they were removed before they were read")
            return ByteBuffer(bytes: frame(id: nil, name: "line", json: Array(try JSONEncoder().encode(line))))
        case .lines(let page):
            guard case .serverSentEvents = self else { return ByteBuffer(bytes: page.bytes) }
            var bytes = ByteBuffer()
            bytes.reserveCapacity(page.bytes.count + 48 * page.count)
            for index in 0..<page.count {
                bytes.writeString("id: \(page.seqs[index])\nevent: line\ndata: ")
                bytes.writeBytes(page[index])
                bytes.writeString("\n\n")
            }
            return bytes
        }
    }
}

extension LogPage {
    /// The body of a page.
    func json(nextPageToken: String?) -> ByteBuffer {
        var json = ByteBuffer()
        json.reserveCapacity(bytes.count + 100)
        json.writeString(#"{"lines":["#)
        for index in 0..<count {
            if index > 0 { json.writeString(",") }
            json.writeBytes(self[index])
        }
        json.writeString("]")
        // A token is base64url, so nothing in it needs an escape.
        if let nextPageToken { json.writeString(#","nextPageToken":"\#(nextPageToken)""#) }
        json.writeString("}")
        return json
    }
}
