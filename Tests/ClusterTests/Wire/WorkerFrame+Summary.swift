// SPDX-License-Identifier: Apache-2.0

import Shared

@testable import Cluster

extension WorkerFrame {
    /// Everything that the frame holds, in a form that can be kept and compared.
    var summary: String {
        switch self {
        case .online: "online"
        case .query(let query):
            "query \(query.sequence) \(query.key.text) flags \(query.flags) backlog \(query.backlog ?? -1)"
                + (query.readableAll ? " readable" : "") + (query.writableAll ? " writable" : "")
                + (query.data == nil ? "" : " data")
        case .listening(let address):
            "listening \(address.address ?? "-") \(address.port ?? -1) \(address.addressType) \(address.fd ?? -1)"
        case .closeServer(let key): "close \(key)"
        case .exitedAfterDisconnect(let sequence): "exitedAfterDisconnect \(sequence)"
        case .answer(let sequence, let accepted): "answer \(sequence) \(accepted)"
        case .handleAcknowledged: "ack"
        case .handleRefused: "nack"
        case .socketList(let query): "socketList \(query.question) \(query.key)"
        case .message(let message): "message " + message.summary
        case .withHandle(let kind, _, let frame): "\(kind): \(frame.summary)"
        case .unknown: "unknown"
        }
    }
}

extension ReceivedMessage {
    fileprivate var summary: String {
        do { return String(decoding: try text(room: .max), as: UTF8.self) } catch { return error.reason.rawValue }
    }
}

extension WireReader where Frame == WorkerFrame {
    /// The summaries of what is read from `bytes`, and the error that ended it.
    mutating func read(_ bytes: some Collection<UInt8>) -> (frames: [String], error: WireError?) {
        var frames: [String] = []
        do throws(WireError) {
            // A copy of the exact size, so that a read beyond the end is one beyond the allocation.
            let copy = UnsafeMutableRawBufferPointer.allocate(byteCount: bytes.count, alignment: 1)
            defer { copy.deallocate() }
            copy.copyBytes(from: bytes)
            try receive(UnsafeRawBufferPointer(copy)) { frames.append($0.summary) }
            return (frames, nil)
        } catch {
            return (frames, error)
        }
    }
}
