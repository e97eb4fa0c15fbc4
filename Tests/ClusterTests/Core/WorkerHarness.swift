// SPDX-License-Identifier: Apache-2.0

import Shared

@testable import Cluster

/// A worker's state machine, and what it wanted done, in words.
struct WorkerHarness {
    var machine = WorkerStateMachine()
    private(set) var log: [String] = []

    /// What the machine wants after `input`.
    @discardableResult
    mutating func after<Result>(_ input: (inout WorkerStateMachine) -> Result) -> [String] {
        _ = input(&machine)
        return drain()
    }

    /// Listens on a port; returns the listener and the sequence of its question.
    mutating func listen(port: Int = 8000, exclusive: Bool = false) -> ListenerID {
        let id = machine.listen(Self.request(port: port, exclusive: exclusive))
        drain()
        return id
    }

    /// A listener whose connections the primary hands over.
    mutating func listening(port: Int = 8000, key: String = "k") -> ListenerID {
        let id = listen(port: port)
        guard case .asking(let sequence)? = machine.listeners[id]?.phase else { return id }
        machine.didReceiveAnswer(PrimaryAnswer(acknowledged: sequence, key: key), hasSocket: false)
        machine.didOpen(id, port: port)
        drain()
        return id
    }

    @discardableResult
    private mutating func drain() -> [String] {
        var actions: [String] = []
        while let action = machine.nextAction() { actions.append(action.summary) }
        log += actions
        return actions
    }

    static func request(port: Int = 8000, exclusive: Bool = false) -> ListenRequest {
        ListenRequest(place: .init(address: nil, port: port, addressType: .tcp4), isExclusive: exclusive)
    }
}

extension WorkerAction {
    /// In words that a test can compare.
    var summary: String {
        switch self {
        case .send(let notice, let sequence): "send \(notice.summary) \(sequence)"
        case .bind(let id, _): "bind \(id.rawValue)"
        case .openShared(let id, _): "openShared \(id.rawValue)"
        case .openFed(let id, _, _): "openFed \(id.rawValue)"
        case .refuse(let id, let failure): "refuse \(id.rawValue) \(failure)"
        case .close(let id): "close \(id.rawValue)"
        case .dropDescriptor: "dropDescriptor"
        case .closeChannel: "closeChannel"
        case .emit(.listening(let address)): "emit listening \(address.port ?? -1)"
        case .emit(.leaving): "emit leaving"
        case .emit(.disconnect): "emit disconnect"
        case .exit: "exit"
        }
    }
}

extension WorkerNotice {
    fileprivate var summary: String {
        switch self {
        case .online: "online"
        case .query(let request, let index): "query \(request.place.port ?? -1) index \(index)"
        case .listening(_, let index, let port): "listening index \(index) port \(port ?? -1)"
        case .close(let key): "close \(key)"
        case .exitedAfterDisconnect: "exitedAfterDisconnect"
        }
    }
}
