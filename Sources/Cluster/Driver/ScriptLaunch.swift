// SPDX-License-Identifier: Apache-2.0

import LinuxIO
import Shared

/// A worker's process as the primary script wants it, with the sockets that the script has connected for it.
struct ScriptLaunch {
    let fork: ScriptFork
    /// The worker's descriptors from 0 on.
    let sources: [ProcessSpawner.Source]
    /// Where those among them are that this process opened for the worker.
    let table: DescriptorTable
    /// Where the channel stands among them.
    let channelPlace: Int
    /// Which of them are the script's standard output and error.
    let outputs: [Int: WorkerStream]
}

extension WorkerLauncher {
    /// Starts a worker whose channel is connected, as the primary script says.
    mutating func launch(
        _ id: WorkerID, nodeID: WorkerID, _ launch: ScriptLaunch, driver: Driver
    ) throws(ClusterError) -> (port: WorkerPort, isNode: Bool) {
        let fork = launch.fork
        do throws(IOError) {
            var request = SpawnRequest(
                path: fork.file, arguments: fork.arguments, environment: fork.environment, directory: fork.cwd,
                uid: fork.uid, gid: fork.gid)
            request.environment[Self.idVariable] = "\(nodeID)"
            request.environment["NODE_CHANNEL_FD"] = "\(launch.channelPlace)"
            let serialization = fork.settings.serialization ?? .json
            request.environment["NODE_CHANNEL_SERIALIZATION_MODE"] = serialization.rawValue
            request.fileLimit = fileLimit
            let taps = try driver.taps(id, .forked)
            do throws(IOError) {
                let (reader, writer) = Self.wire(serialization)
                let channel = try UnixSocketPair()
                let process = try spawn(launch, request, channel.far.duplicated(), taps, driver: driver)
                do throws(IOError) {
                    let port = try WorkerPort(
                        id, process, channel: try channel.near.duplicated(), reader: reader, writer: writer, pipes: [],
                        taps: taps, driver: driver)
                    return (port, NodeScript.isNode(fork.file))
                } catch {
                    process.killAndReap()
                    throw error
                }
            } catch {
                taps?.close()
                throw error
            }
        } catch {
            throw ClusterError(
                .resourceExhausted, .spawnFailed, "worker \(id) could not be started: \(error)",
                metadata: ["workerId": "\(id)", "error": "\(error)"], cause: error)
        }
    }
    private func spawn(
        _ launch: ScriptLaunch, _ request: SpawnRequest, _ channel: consuming OwnedFD, _ taps: OutputTaps?,
        driver: Driver
    ) throws(IOError) -> ProcessHandle {
        var sources = launch.sources
        sources[launch.channelPlace] = .owned(launch.table.insert(channel))
        var pipes: [WorkerStream: ProcessSpawner.Source] = [:]
        if let taps {
            for (place, stream) in launch.outputs {
                if pipes[stream] == nil {
                    pipes[stream] = try taps.pipe(stream, in: launch.table, owner: request.uid)
                }
                if let pipe = pipes[stream] { sources[place] = pipe }
            }
        }
        return try Self.spawn(request, sources, from: launch.table, guardedBy: try driver.requireGuard())
    }
}
