// SPDX-License-Identifier: Apache-2.0

// What the articles in Sources/Cluster/Cluster.docc quote. It is compiled; DocumentationTests compares the two.

import Cluster

enum Snippets {
    static func overview() async throws {
        switch try ClusterProcess.role {
        case .primary(let primary):
            for _ in 0..<ClusterProcess.availableParallelism { try await primary.fork() }
            for await event in primary.events {
                if case .exit(let report) = event.kind, let worker = event.worker {
                    print("worker \(worker.id) ended: \(report.reason.rawValue)")
                }
            }
        case .worker(let worker):
            let listener = try await worker.listen(port: 8000)
            await withDiscardingTaskGroup { group in
                for await connection in listener.connections {
                    group.addTask { await greet(connection) }
                }
            }
        }
    }

    static func roles() async throws {
        switch try ClusterProcess.role {
        case .primary(let primary): try await runPrimary(primary)
        case .worker(let worker): try await runWorker(worker)
        }
    }
}

func runPrimary(_ primary: Primary) async throws {
    for _ in 0..<ClusterProcess.availableParallelism { try await primary.fork() }
    for await event in primary.events {
        guard case .exit(let report) = event.kind, report.reason != .disconnected else { continue }
        try await primary.fork()
    }
}

func runWorker(_ worker: Worker) async throws {
    let listener = try await worker.listen(port: 8000)
    await withDiscardingTaskGroup { group in
        for await connection in listener.connections {
            group.addTask { await greet(connection) }
        }
    }
}

func greet(_ connection: Connection) async {
    do {
        try await connection.write(Array("hello\n".utf8))
    } catch {
        // The client has gone. That is no reason to end the worker.
    }
    await connection.close()
}

struct Progress: Codable {
    var done: Int
}

func report(_ worker: Worker) async throws {
    try await worker.send(Progress(done: 7))
}

func listen(to primary: Primary) async {
    for await event in primary.events {
        guard case .message(let message) = event.kind else { continue }
        do throws(ClusterError) {
            print("done: \(try message.decode(Progress.self).done)")
        } catch {
            // UNEXPECTED_MESSAGE: the message says something else, and the error what to do about it.
            print(error)
        }
    }
}

func pass(_ connection: Connection, to worker: WorkerID, of primary: Primary) async throws {
    try await primary.send("please go on", with: connection.passed(), to: worker)
}

func replace(_ id: WorkerID, in primary: Primary) async throws {
    let new = try await primary.fork().map(\.id)
    _ = try await primary.wait(for: new, until: .listening)
    _ = try await primary.disconnect(id)
    _ = try await primary.wait(for: [id], until: .exited)
}
