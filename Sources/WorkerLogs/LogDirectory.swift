// SPDX-License-Identifier: Apache-2.0

import Glibc
import Shared

/// The directory of segments.
struct LogDirectory: Sendable {
    let path: String
    /// Gives what this process makes to the owner of the directory above.
    let adopt: @Sendable (_ descriptor: Int32, _ path: String) -> Void

    func path(of segment: Segment) -> String { path + "/" + segment.name }

    func create() throws(FileProblem) {
        if mkdir(path, 0o700) == 0 {
            let descriptor = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW)
            guard descriptor >= 0 else { throw FileProblem() }
            adopt(descriptor, path)
            close(descriptor)
        } else if errno != EEXIST {
            throw FileProblem()
        }
    }

    func remove(_ segment: Segment) throws(FileProblem) {
        if unlink(path(of: segment)) != 0, errno != ENOENT { throw FileProblem() }
    }

    /// All segments. Of each only the first and the last line are read. What cannot be read is left out.
    ///
    /// - Parameter foundFragment: called with the path of a file without a whole line, as a crash or a full disk leaves it.
    func segments(foundFragment: (String) -> Void = { _ in }) throws(FileProblem) -> [Segment] {
        guard let directory = opendir(path) else {
            if errno == ENOENT { return [] }
            throw FileProblem()
        }
        defer { closedir(directory) }
        var segments: [Segment] = []
        while let entry = readdir(directory) {
            let name = withUnsafeBytes(of: entry.pointee.d_name) { bytes in
                String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            guard let (source, firstSeq) = Segment.parse(name) else { continue }
            do {
                if let segment = try segment(name, source: source, firstSeq: firstSeq) {
                    segments.append(segment)
                } else {
                    foundFragment(path + "/" + name)
                }
            } catch {
                continue
            }
        }
        return segments
    }

    /// Nil if the file has no whole line.
    private func segment(_ name: String, source: OutputSource, firstSeq: Int64) throws(FileProblem) -> Segment? {
        let file = try LogFile.reading(path + "/" + name)
        let size = file.size
        let reader = SegmentReader(file, size: size)
        guard let (first, _) = try reader.line(at: 0), let (last, end) = try reader.lastLine() else { return nil }
        return Segment(
            source: source, firstSeq: firstSeq, firstTime: first.milliseconds, lastSeq: last.seq,
            lastTime: last.milliseconds, bytes: end)
    }
}
