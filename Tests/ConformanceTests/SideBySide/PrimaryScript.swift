// SPDX-License-Identifier: Apache-2.0

import Shared
import Testing

/// What a primary is to do, so that two of them can be compared.
struct PrimaryScript: CustomTestStringConvertible {
    enum Step {
        case fork
        case wait(EventType, Int)
        case send(Int, String)
        case disconnect(Int)
        case abrupt(Int)
        case kill(Int, String)
        case disconnectAll

        var words: [String] {
            switch self {
            case .fork: ["fork"]
            case .wait(let type, let id): ["wait", "\(id)", type.rawValue]
            case .send(let id, let json): ["send", "\(id)", json]
            case .disconnect(let id): ["disconnect", "\(id)"]
            case .abrupt(let id): ["abrupt", "\(id)"]
            case .kill(let id, let signal): ["kill", "\(id)", signal]
            case .disconnectAll: ["disconnectAll"]
            }
        }
    }

    var settings: ClusterSettings
    let steps: [Step]

    init(_ worker: String, args: [String] = [], execArgv: [String] = [], _ steps: [Step]) {
        var settings = ClusterSettings()
        settings.exec = workerScript(worker)
        settings.args = args
        settings.execArgv = execArgv
        settings.stdio = [.ignore, .ignore, .ignore, .ipc]
        self.settings = settings
        self.steps = steps
    }

    /// The same with the worker in Swift that does what this script's does.
    var inSwift: PrimaryScript {
        var script = self
        let name = settings.exec?.split(separator: "/").last?.split(separator: ".").first.map(String.init) ?? ""
        script.settings.useSwiftWorker(name, settings.args)
        return script
    }

    var testDescription: String {
        ([settings.exec?.split(separator: "/").last.map(String.init) ?? ""] + settings.args + settings.execArgv
            + steps.map { $0.words.joined(separator: " ") }).joined(separator: ", ")
    }
}
