// SPDX-License-Identifier: Apache-2.0

import Cluster
import Shared
import Testing

extension PrimaryFixture {
    /// Goes through a script and says what happened, a line an event, as `NodePrimary` does.
    func run(_ steps: [PrimaryScript.Step]) async throws -> [String] {
        // Node's makes its settings by the same call.
        _ = try await primary.setupPrimary(SettingsPatch())
        for step in steps {
            switch step {
            case .fork: _ = try await fork()
            case .wait(let type, let id): try await log.first(type, of: worker(id))
            case .send(let id, let json): try await send(json, to: worker(id))
            case .disconnect(let id): _ = try await primary.disconnect(worker(id))
            case .abrupt(let id): _ = try await primary.disconnect(worker(id), abrupt: true)
            case .kill(let id, let signal): _ = try await primary.kill(worker(id), signal: try #require(Signal(signal)))
            case .disconnectAll: _ = try await primary.disconnectAll()
            }
        }
        // Node has no event for the request.
        return await log.events.filter { $0.kind.type != .leaving }.map(\.line)
    }

    private func worker(_ number: Int) -> WorkerID {
        (1..<number).reduce(WorkerID.first) { id, _ in id.next }
    }
}

extension PrimaryEvent {
    fileprivate var line: String {
        guard let worker else { return "setup" }
        let state = "\(worker.state.rawValue) \(worker.connected) \(worker.dead)"
        let left = worker.exitedAfterDisconnect.map(String.init) ?? "undefined"
        return switch kind {
        case .setup: "setup"
        case .leaving: "leaving \(worker.id)"
        case .noted(let note): "\(note.type.rawValue) \(worker.id)"
        case .fork: "fork \(worker.id) \(state)"
        case .online: "online \(worker.id) \(state)"
        case .listening(let address):
            "listening \(worker.id) \(worker.state.rawValue) \(address.addressType) \(address.address ?? "null") "
                + (address.port.map { $0 > 0 ? "port" : "\($0)" } ?? "null")
                + " \(address.fd.map(String.init) ?? "undefined")"
        case .message(let message): "message \(worker.id) \(String(decoding: message.json, as: UTF8.self))"
        case .messagesLost(let count, _, _): "\(count) messages lost"
        case .disconnect: "disconnect \(worker.id) \(worker.connected) \(left)"
        case .exit(let report):
            "exit \(worker.id) \(report.code.map(String.init) ?? "null") \(report.signal?.description ?? "null") "
                + "\(worker.dead) \(left)"
        }
    }
}
