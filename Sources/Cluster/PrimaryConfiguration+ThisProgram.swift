// SPDX-License-Identifier: Apache-2.0

import LinuxIO
import Shared

extension PrimaryConfiguration {
    /// Forks the program that is running, as it was started.
    static var thisProgram: PrimaryConfiguration {
        var configuration = PrimaryConfiguration(environment: ThisProcess.environment)
        configuration.settings.exec = ThisProcess.executable
        configuration.settings.args = Array(CommandLine.arguments.dropFirst())
        if let policy = configuration.environment["NODE_CLUSTER_SCHED_POLICY"].flatMap(SchedulingPolicy.init(rawValue:))
        {
            configuration.settings.schedulingPolicy = policy
        }
        configuration.publishesMessages = true
        configuration.keepsPassedSockets = true
        return configuration
    }
}
