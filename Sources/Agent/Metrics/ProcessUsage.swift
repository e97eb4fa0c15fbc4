// SPDX-License-Identifier: Apache-2.0

import FoundationEssentials
import Glibc

/// This process's use of the machine, under the names of Prometheus' own clients.
enum ProcessUsage {
    static var families: [MetricFamily] {
        var families = [MetricFamily(.processCPU, cpuSeconds)]
        if let memory = residentBytes { families.append(MetricFamily(.processMemory, memory)) }
        if let count = try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").count {
            families.append(MetricFamily(.processDescriptors, count))
        }
        var limit = rlimit()
        if getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 {
            families.append(MetricFamily(.processDescriptorLimit, limit.rlim_cur))
        }
        return families
    }

    /// getrusage(2)
    private static var cpuSeconds: Double {
        var usage = rusage()
        getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
        let seconds = usage.ru_utime.tv_sec + usage.ru_stime.tv_sec
        return Double(seconds) + Double(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6
    }

    /// The second number of proc_pid_statm(5), in pages.
    private static var residentBytes: Int? {
        let text = try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8)
        let words = text?.split(separator: " ") ?? []
        return words.count > 1 ? Int(words[1]).map { $0 * sysconf(Int32(_SC_PAGESIZE)) } : nil
    }
}
