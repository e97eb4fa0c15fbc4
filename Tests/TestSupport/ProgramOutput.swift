// SPDX-License-Identifier: Apache-2.0

public import Foundation

/// What a program writes, to be read once. A read blocks until there is something, so a thread of its own does it: the
/// threads that run tests are as few as the processors, and a program often waits for something that a test does.
public struct ProgramOutput: Sendable {
    private let handle: FileHandle

    public init(_ handle: FileHandle) {
        self.handle = handle
    }

    /// Pieces as they come, until its end.
    public func pieces() -> AsyncStream<Data> {
        let (stream, continuation) = AsyncStream.makeStream(of: Data.self)
        Thread.detachNewThread { [handle] in
            while case let data = handle.availableData, !data.isEmpty { continuation.yield(data) }
            continuation.finish()
        }
        return stream
    }

    /// Lines as they come, without their ends. What follows the last one is one too, unless it is empty.
    public func lines() -> AsyncStream<String> {
        let (stream, continuation) = AsyncStream.makeStream(of: String.self)
        let pieces = pieces()
        Task {
            var rest = Data()
            for await piece in pieces {
                rest += piece
                // A line may be long: only what is new is searched.
                guard let last = piece.lastIndex(of: UInt8(ascii: "\n")) else { continue }
                let tail = piece.distance(from: last, to: piece.endIndex) - 1
                for line in rest.dropLast(tail + 1).split(
                    separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
                {
                    continuation.yield(String(decoding: line, as: UTF8.self))
                }
                rest = Data(rest.suffix(tail))
            }
            if !rest.isEmpty { continuation.yield(String(decoding: rest, as: UTF8.self)) }
            continuation.finish()
        }
        return stream
    }

    /// The first lines, without their ends; fewer if there are no more.
    public func lines(_ count: Int) async -> [String] {
        var all: [String] = []
        for await line in lines() {
            all.append(line)
            if all.count == count { break }
        }
        return all
    }

    /// All of it, at its end.
    public func text() async -> String {
        var all = Data()
        for await piece in pieces() { all += piece }
        return String(decoding: all, as: UTF8.self)
    }
}
