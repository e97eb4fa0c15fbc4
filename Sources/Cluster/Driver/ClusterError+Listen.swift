// SPDX-License-Identifier: Apache-2.0

import Glibc
import Shared

extension ClusterError {
    /// Why a worker cannot listen, and what to do about it.
    static func cannotListen(_ place: ListenRequest.Place, _ failure: ListenFailure) -> ClusterError {
        let text = place.text
        switch failure {
        case .leaving:
            return ClusterError(
                .failedPrecondition, .workerLeaving, "the worker is leaving and cannot listen on \(text)")
        case .cancelled:
            return ClusterError(
                .unavailable, .listenFailed, "cannot listen on \(text): the task was cancelled",
                metadata: ["address": text])
        case .refused(let errno):
            let metadata = ["address": text, "errno": "\(errno)"]
            switch errno {
            case EADDRINUSE:
                return ClusterError(
                    .failedPrecondition, .addressInUse,
                    "\(text) is in use; stop who has it (ss -ltnp), or listen somewhere else", metadata: metadata)
            case EACCES, EPERM:
                return ClusterError(
                    .permissionDenied, .addressNotPermitted,
                    "the primary may not listen on \(text); take a port above 1023 or a directory of its own",
                    metadata: metadata)
            case EADDRNOTAVAIL, ENODEV:
                return ClusterError(
                    .invalidArgument, .addressNotAvailable, "\(text) is not an address of this machine",
                    metadata: metadata)
            default:
                return ClusterError(
                    .unavailable, .listenFailed, "cannot listen on \(text): \(String(cString: strerror(errno)))",
                    metadata: metadata)
            }
        }
    }

    static func alreadyListening(_ place: ListenRequest.Place) -> ClusterError {
        ClusterError(
            .failedPrecondition, .alreadyListening,
            "this worker listens on \(place.text) already; take the connections of that listener, or close it first",
            metadata: ["address": place.text])
    }
}

extension ListenRequest.Place {
    fileprivate var text: String {
        if let fd, fd >= 0 { return "descriptor \(fd)" }
        guard let port, port >= 0 else { return address ?? "" }
        return address.map { "\($0), port \(port)" } ?? "port \(port)"
    }
}
