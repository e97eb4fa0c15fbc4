// SPDX-License-Identifier: Apache-2.0

import DequeModule

/// What the observer is told. It is told after all actions are done, so that it may give commands at once.
///
/// A class, because the observer's commands lead to further notices while one is being delivered.
final class Observation {
    /// Nil if nobody observes.
    var observer: ((PrimaryNotice) -> Void)? {
        didSet { if observer == nil { notices.removeAll() } }
    }
    var awaitsReadyMessages = false
    private var notices: Deque<PrimaryNotice> = []
    private var isDelivering = false

    func note(_ event: PrimaryEvent) {
        guard observer != nil else { return }
        switch event.kind {
        case .message, .messagesLost, .setup, .noted, .listening, .fork, .leaving: break
        case .online, .disconnect, .exit: notices.append(.event(event))
        }
    }

    func note(_ notice: PrimaryNotice) {
        if observer != nil { notices.append(notice) }
    }

    /// Tells the last notice, even while another one is being told: nobody would deliver it later.
    func end() {
        let last = observer
        observer = nil
        last?(.willStop)
    }

    /// Notices that come in the meantime follow those before them.
    func deliver() {
        guard !notices.isEmpty, !isDelivering else { return }
        isDelivering = true
        defer { isDelivering = false }
        while let observer, let notice = notices.popFirst() { observer(notice) }
    }
}
