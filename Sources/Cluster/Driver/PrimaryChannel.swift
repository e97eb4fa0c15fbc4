// SPDX-License-Identifier: Apache-2.0

import Glibc
import LinuxIO
import Shared

/// What a worker gets at its start: its end of the channel and its id (Node `lib/internal/process/pre_execution.js`).
struct PrimaryChannel: ~Copyable {
    let id: WorkerID
    let descriptor: OwnedFD
    let serialization: Serialization

    /// Whether this process was started as a worker. Ask before `claim`.
    static var isAnnounced: Bool { getenv("NODE_UNIQUE_ID") != nil }

    /// Takes the channel, and the variables that name it out of the environment, so that no program that this one
    /// starts takes itself for a worker.
    ///
    /// - Throws: `NO_PRIMARY`
    static func claim() throws(ClusterError) -> PrimaryChannel {
        let (uniqueID, number) = (variable("NODE_UNIQUE_ID"), variable("NODE_CHANNEL_FD"))
        let serialization = variable("NODE_CHANNEL_SERIALIZATION_MODE")
        for name in ["NODE_UNIQUE_ID", "NODE_CHANNEL_FD", "NODE_CHANNEL_SERIALIZATION_MODE"] { unsetenv(name) }
        guard let uniqueID, let id = WorkerID(uniqueID) else {
            throw noPrimary("NODE_UNIQUE_ID is \(uniqueID ?? "not set"), which is not a worker's id")
        }
        guard let number else { throw noPrimary("NODE_UNIQUE_ID is set and NODE_CHANNEL_FD is not") }
        guard let number = Int32(digits: number) else {
            throw noPrimary("NODE_CHANNEL_FD is \(number), which is not a descriptor")
        }
        do {
            return PrimaryChannel(
                id: id, descriptor: try OwnedFD.claimingUnixStream(number),
                serialization: serialization.flatMap(Serialization.init(rawValue:)) ?? .json)
        } catch {
            throw noPrimary("NODE_CHANNEL_FD is \(number), which is not a channel", cause: error)
        }
    }

    consuming func takeDescriptor() -> OwnedFD { descriptor }

    private static func variable(_ name: String) -> String? {
        getenv(name).map { String(cString: $0) }
    }

    private static func noPrimary(_ why: String, cause: IOError? = nil) -> ClusterError {
        ClusterError(
            .failedPrecondition, .noPrimary,
            "this process was started as a worker by hand: \(why); start it with cluster-agent, or fork it",
            cause: cause)
    }
}
