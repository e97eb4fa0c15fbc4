// SPDX-License-Identifier: Apache-2.0

import FoundationEssentials
import Glibc
import Logging

/// The secret that a caller over TCP must know.
struct AccessToken: Sendable {
    private let bytes: [UInt8]

    init(_ text: some StringProtocol) {
        bytes = Array(text.utf8)
    }

    /// Takes as long for a wrong guess as for a right one, so that time does not tell how much was right.
    func matches(_ guess: some StringProtocol) -> Bool {
        let guess = Array(guess.utf8)
        var difference: UInt8 = guess.count == bytes.count ? 0 : 1
        for (index, byte) in bytes.enumerated() {
            difference |= byte ^ (index < guess.count ? guess[index] : 0)
        }
        return difference == 0
    }

    /// Reads the token of a data directory; at the first start it makes one of 32 random bytes, in hex.
    /// The caller holds the directory's lock.
    /// - Throws: `StartupError` where the file cannot be read or made, or is empty.
    init(file path: String, logger: Logger) throws(StartupError) {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        if descriptor < 0 {
            guard errno == ENOENT else {
                throw StartupError(.configuration, "cannot read \(path): \(String(cString: strerror(errno)))")
            }
            let made = Self.random()
            try Self.write(made, to: path)
            self.init(made)
            return
        }
        defer { close(descriptor) }
        let attributes = try? FileManager.default.attributesOfItem(atPath: path)
        if let mode = attributes?[.posixPermissions] as? UInt16, mode & 0o077 != 0 {
            logger.warning("others can read the token: run chmod 600", metadata: ["file": "\(path)"])
        }
        var text = [UInt8](repeating: 0, count: 4096)
        let count = read(descriptor, &text, text.count)
        let line = text.prefix(max(0, count)).prefix { $0 > UInt8(ascii: " ") }
        guard !line.isEmpty else {
            throw StartupError(.configuration, "\(path) holds no token; remove it and a new one is made")
        }
        self.init(String(decoding: line, as: UTF8.self))
    }

    private static func random() -> String {
        var generator = SystemRandomNumberGenerator()
        let digits = Array("0123456789abcdef")
        return String((0..<64).map { _ in digits[Int.random(in: 0..<16, using: &generator)] })
    }

    /// Whole or not at all: the name appears only when the file is on the disk.
    private static func write(_ token: String, to path: String) throws(StartupError) {
        let draft = path + ".new"
        unlink(draft)
        let descriptor = open(draft, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        let line = Array((token + "\n").utf8)
        let written = descriptor >= 0 ? Glibc.write(descriptor, line, line.count) : -1
        let saved = written == line.count && fsync(descriptor) == 0 && rename(draft, path) == 0
        let problem = String(cString: strerror(errno))
        if descriptor >= 0 { close(descriptor) }
        guard saved else {
            unlink(draft)
            throw StartupError(.unavailable, "cannot write \(path): \(problem)")
        }
    }
}
