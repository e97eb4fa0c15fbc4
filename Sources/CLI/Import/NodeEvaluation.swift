// SPDX-License-Identifier: Apache-2.0

internal import Glibc
internal import Shared

/// Why an ecosystem file has no apps that could be taken over, in words for the user.
struct EcosystemProblem: Error, Hashable {
    let words: String
}

/// Lets `node` read an ecosystem file, because only it knows what the file means.
enum NodeEvaluation {
    /// The largest file, and the longest list of apps as JSON.
    private static let largest = 1 << 20

    /// The answer comes on descriptor 3, so that what the file prints is not in the way.
    private static let script = #"""
        const [, file] = process.argv, fs = require('fs')
        let isDone = false
        const tell = answer => {
            if (!isDone) fs.writeFileSync(3, answer)
            isDone = true
        }
        const refuse = words => tell(JSON.stringify({problem: words}))
        process.on('uncaughtException', error => {
            const message = String(error && error.message || error).split('\n')[0].slice(0, 300)
            const line = String(error && error.stack).split(file + ':')[1]
            refuse('node cannot read it: ' + (error && error.name ? error.name + ': ' : '') + message
                + (/^\d/.test(line) ? ' (line ' + parseInt(line) + ')' : ''))
            process.exit()
        })
        process.on('beforeExit', () => refuse('it waits for something that does not come'))
        process.on('exit', code => {
            refuse('it ends node itself, by process.exit(' + code + '); to see why: node ' + file)
        })
        const read = async () => {
            // PM2 takes these for JavaScript too, so that they may have comments.
            if (/\.json[^/]*$/.test(file)) {
                const text = fs.readFileSync(file, 'utf8').replace(/^\uFEFF/, '')
                return require('vm').runInThisContext('(' + text + '\n)', {filename: file})
            }
            const module = await import(require('url').pathToFileURL(file))
            const exported = 'default' in module ? await module.default : module
            return exported && exported.__esModule && 'default' in exported ? exported.default : exported
        }
        const isObject = value => value !== null && typeof value === 'object'
        read().then(async exported => {
            const what = typeof exported === 'function' ? await exported() : await exported
            const found = isObject(what) && !Array.isArray(what) ? what.apps || what.pm2 || what : what
            const apps = Array.isArray(found) ? found : [found]
            const odd = apps.findIndex(app => !isObject(app) || Array.isArray(app))
            if (!apps.length || !isObject(found) || !Object.keys(found).length) refuse('it exports no apps')
            else if (odd >= 0) refuse('its app ' + (odd + 1) + ' is not an object')
            else tell(JSON.stringify({apps}))
            process.exit()
        }).catch(error => process.emit('uncaughtException', error))
        """#

    private struct Answer: Decodable {
        var apps: [[String: JSONValue]]?
        var problem: String?
    }

    /// The apps of an ecosystem file.
    /// - Parameters:
    ///   - file: absolute.
    ///   - time: how long its code may take.
    static func apps(in file: String, within time: Duration = .seconds(30)) throws(EcosystemProblem) -> [[String:
        JSONValue]]
    {
        let bytes: [UInt8]
        let end: BoundedProgram.End
        do throws(BoundedProgram.Failure) {
            (bytes, end) = try BoundedProgram.run(
                ["node", "--input-type=commonjs", "-e", script, "--", file], writingTo: 3, atMost: largest,
                within: time)
        } catch {
            throw EcosystemProblem(error, time)
        }
        guard !bytes.isEmpty else {
            throw EcosystemProblem(words: "node cannot read it: \(end.words); try: node \(file)")
        }
        guard let answer = RawJSON(bytes)?.decoded(as: Answer.self) else {
            throw EcosystemProblem(words: "its apps cannot be read as JSON")
        }
        if let problem = answer.problem { throw EcosystemProblem(words: problem) }
        return answer.apps ?? []
    }

    /// Refuses what node could not read: a pipe would keep it waiting, and no ecosystem file is large.
    static func check(_ file: String) throws(EcosystemProblem) {
        if [".yaml", ".yml"].contains(where: file.hasSuffix) {
            throw EcosystemProblem(words: "YAML is not read; make JSON of it, for example with: npx js-yaml \(file)")
        }
        do throws(SmallFile.Failure) {
            _ = try SmallFile.read(file, limit: largest, .regular)
        } catch {
            throw EcosystemProblem(words: error.reason)
        }
    }
}

extension EcosystemProblem {
    fileprivate init(_ failure: BoundedProgram.Failure, _ time: Duration) {
        words =
            switch failure {
            case .start(ENOENT): "node must read it, and is not in PATH"
            case .start(let number): "cannot start node, which must read it: \(SmallFile.Failure(number).reason)"
            case .late: "its code does not end within \(time.text)"
            case .tooLong: "its apps are more than 1 MiB of JSON"
            case .interrupted: "interrupted"
            }
    }
}

extension BoundedProgram.End {
    fileprivate var words: String {
        switch self {
        case .code(let code): "it ended with code \(code)"
        case .signal(let number): "it was ended by \(Signal(number: number)?.description ?? "signal \(number)")"
        }
    }
}
