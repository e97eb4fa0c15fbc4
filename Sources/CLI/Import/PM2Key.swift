// SPDX-License-Identifier: Apache-2.0

/// The names of an app's keys in an ecosystem file. PM2 takes several for one (its `lib/API/schema.json`).
enum PM2Key {
    private static let aliases = [
        "exec": "script", "cmd": "script", "command": "script", "interpreter": "exec_interpreter",
        "interpreter_args": "node_args", "user": "uid", "cron": "cron_restart", "combine_logs": "merge_logs",
        "out": "out_file", "output": "out_file", "out_log": "out_file", "err": "error_file", "error": "error_file",
        "err_file": "error_file", "err_log": "error_file", "log": "log_file", "pid": "pid_file",
    ]

    /// The one name: `maxRestarts` is `max_restarts`, and `user` is `uid`.
    static func canonical(_ key: String) -> String {
        // What follows names an environment.
        guard !key.hasPrefix("env_") else { return key }
        let plain = key.reduce(into: "") { plain, letter in
            plain += letter.isUppercase && !plain.isEmpty ? "_" + letter.lowercased() : String(letter)
        }
        return aliases[plain] ?? plain
    }

    /// What becomes of keys that are never a part of a configuration.
    static let fates: [String: PM2App.Fate] = {
        let cron = "a systemd timer with cluster-cli reload; for old workers supervision.maxAge"
        var fates: [String: PM2App.Fate] = [
            "watch": .notAvailable("in development use node --watch"),
            "cron_restart": .notAvailable(cron),
            "autostart": .notNeeded("systemctl enable says what starts at boot"),
            "shutdown_with_message": .notNeeded("workers are told by a message"),
            "increment_var": .notAvailable("CLUSTER_INSTANCE counts the instances from 0"),
            "filter_env": .notAvailable("start the agent without those variables"),
            "treekill": .notNeeded("what a worker leaves behind is ended too"),
            "force": .notNeeded("each app has its own agent"),
            "disable_source_map_support": .notNeeded("source maps are off, unless node_args turns them on"),
            "kill_retry_time": .notNeeded("the kernel tells when a worker has ended"),
            "exec_mode": .notNeeded(
                "workers share ports if they ask for the same; one that must be alone has workers: 1"),
        ]
        for key in ["ignore_watch", "watch_options", "watch_delay"] { fates[key] = .notAvailable("as watch") }
        let logs = [
            "out_file", "error_file", "log_file", "log_date_format", "log_type", "merge_logs", "time", "disable_logs",
        ]
        for key in logs { fates[key] = .notNeeded("cluster-cli logs shows each line with its time and worker") }
        let own = [
            "pmx", "vizion", "namespace", "automation", "pid_file", "version", "description", "name_prefix",
            "append_env_to_name", "install_url", "post_update", "trace", "disable_trace", "v8", "event_loop_inspector",
            "deep_monitoring", "username", "windows_hide", "write", "io", "execute_command",
        ]
        for key in own { fates[key] = .notNeeded("it is PM2's own") }
        return fates
    }()
}
