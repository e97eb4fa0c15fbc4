// SPDX-License-Identifier: Apache-2.0

import Shared

/// What the state machine wants done. The driver runs the actions in order and reports their results.
enum Action: Sendable {
    /// Start the worker's process with these sockets. Reported by `didSpawn` or `didFailSpawn`.
    indirect case spawn(WorkerID, nodeID: WorkerID, ClusterSettings, environment: [String: String], sockets: [HandleID])
    indirect case send(WorkerID, PrimaryMessage)
    /// Answer a query with the socket itself. If the handle has slots, with this one.
    indirect case share(HandleID, SlotID?, with: WorkerID, ServerReply)
    /// Send the connection. Reported by `didAcknowledge`, `didFailHandover` or the end of the channel.
    case handOver(ConnectionID, through: HandleID, to: WorkerID, sequence: Int)
    case closeConnection(ConnectionID)
    /// Make the handle's socket. If it has one already, the new one takes its place. Reported by `didBind`.
    indirect case bind(HandleID, ServerQuery, SocketUse)
    /// Make a socket that workers are started with. Reported by `didBind`.
    indirect case open(HandleID, HandleKey, ListenURL)
    /// Make one more slot of this handle. Reported by `didBindSlot`.
    case bindSlot(HandleID, SlotID)
    /// Adopt a slot whose worker is gone: accept from it.
    case adopt(HandleID, SlotID)
    /// Stop accepting from a slot, because a worker takes it.
    case release(HandleID, SlotID)
    /// Keep new clients from these sockets, and accept what waits in them. Clients that have not said who they are count by
    /// their address at once. Reported by `didEmpty` when nothing waits any more, or after this time.
    case empty(HandleID, within: Duration)
    /// Once all actions are done, let the kernel spread the connections of this handle's slots as `changedProgram` says.
    /// Reported by `didSteer`.
    case steer(HandleID)
    /// Ask the worker for a sign of life, with a message that it answers in its event loop. Reported by `didAnswerProbe`.
    case probe(WorkerID)
    /// Stop accepting. Connections wait in the kernel's backlog.
    case pause(HandleID)
    case resume(HandleID)
    case closeHandle(HandleID)
    /// Call `didRest` a moment later.
    case rest(HandleID)
    /// Call `didLinger` with this number after this time.
    case linger(HandleID, number: Int, for: Duration)
    /// Call `didStaySilent` after this time.
    case awaitWord(WorkerID, for: Duration)
    /// Send nothing more to the worker. Reported by `didCloseChannel`, and by `didFinishChannel` when the worker has closed
    /// its end too.
    case closeChannel(WorkerID)
    /// Close the channel of a worker that went past a bound. Reported by `didCloseChannel`.
    case breakChannel(WorkerID, DisconnectReason)
    case signal(WorkerID, Signal)
    /// Signal all processes of the worker's session, whether its own has ended or not.
    case signalSession(WorkerID, Signal)
    /// Check whether the session of a worker that has ended is empty. If so, `didEndSession` reports it.
    case lookForSession(WorkerID)
    case forgetSession(WorkerID)
    /// Call `didWake` at this moment, and no longer at the moment that was asked for before.
    case wake(at: ContinuousClock.Instant)
    /// Tell the supervisor that the worker listens.
    case tellListening(WorkerID)
    /// Tell those who have stopped the primary. These workers are still there, because they cannot be killed.
    case didStop(left: [WorkerID])
    case emit(PrimaryEvent)
}
