// SPDX-License-Identifier: Apache-2.0

internal import ArgumentParser
internal import Glibc

/// Lets `node` read a JavaScript file, because only it knows what the file means.
enum NodeEvaluation {
    /// What the file exports comes on descriptor 3, so that what it prints is not in the way.
    private static let script = """
        const what = require(require('path').resolve(process.argv[1]));
        require('fs').writeSync(3, JSON.stringify(Array.isArray(what) ? what : what.apps || [what]));
        """
    private static let largest = 1 << 20

    /// The apps of an ecosystem file, as JSON.
    /// - Throws: `ValidationError` if `node` is missing, or cannot read the file.
    static func apps(in file: String) throws -> [UInt8] {
        var ends: [Int32] = [-1, -1]
        guard pipe(&ends) == 0 else { throw ValidationError("cannot make a pipe: \(String(cString: strerror(errno)))") }
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_adddup2(&actions, STDERR_FILENO, STDOUT_FILENO)
        // Only descriptor 3 may hold the pipe open, or its end would not come.
        let writing = fcntl(ends[1], F_DUPFD_CLOEXEC, 10)
        close(ends[1])
        _ = fcntl(ends[0], F_SETFD, FD_CLOEXEC)
        posix_spawn_file_actions_adddup2(&actions, writing, 3)
        var arguments: [UnsafeMutablePointer<CChar>?] = ["node", "-e", script, "--", file].map { (word: String) in
            strdup(word)
        }
        arguments.append(nil)
        defer { for argument in arguments { free(argument) } }
        var process = pid_t()
        let code = posix_spawnp(&process, "node", &actions, nil, arguments, environ)
        close(writing)
        defer { close(ends[0]) }
        guard code == 0 else { throw ValidationError("cannot start node: \(String(cString: strerror(code)))") }
        let bytes = read(ends[0])
        var status: Int32 = 0
        while waitpid(process, &status, 0) < 0, errno == EINTR {}
        guard status == 0, !bytes.isEmpty else { throw ValidationError("node cannot read \(file)") }
        return bytes
    }

    private static func read(_ descriptor: Int32) -> [UInt8] {
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65536)
        while bytes.count < largest {
            let count = Glibc.read(descriptor, &buffer, buffer.count)
            if count > 0 {
                bytes += buffer[..<count]
            } else if count == 0 || errno != EINTR {
                break
            }
        }
        return bytes
    }
}
