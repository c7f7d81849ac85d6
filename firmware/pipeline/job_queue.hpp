// The jobs that wait for a bus: by class, then by deadline, then in the order they came. At most 64. Home: the bus's.
#pragma once

#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "pipeline/bus_job.hpp"

namespace wayside::pipeline {

inline constexpr std::size_t kMostWaitingJobs = 64;

class JobQueue {
 public:
  struct Key {
    BusClass priority{};
    base::BootTime expires{};
    std::uint64_t number = 0;
    auto operator<=>(const Key&) const = default;
  };

  [[nodiscard]] bool full() const { return jobs_.size() >= kMostWaitingJobs; }
  [[nodiscard]] bool empty() const { return jobs_.empty(); }
  // Requires: not full.
  void push(BusJob job) {
    const Key key{job.priority, job.expires, next_++};
    jobs_.emplace(key, std::move(job));
  }
  // What goes first; none when empty.
  [[nodiscard]] std::optional<Key> first() const {
    if (jobs_.empty()) return std::nullopt;
    return jobs_.begin()->first;
  }
  // Requires: not empty.
  [[nodiscard]] BusJob pop() { return std::move(jobs_.extract(jobs_.begin()).mapped()); }

  [[nodiscard]] std::optional<base::BootTime> first_expiry() const {
    std::optional<base::BootTime> first;
    for (const auto& [key, job] : jobs_) first = first ? std::min(*first, key.expires) : key.expires;
    return first;
  }
  // Those whose time has come.
  [[nodiscard]] std::vector<BusJob> take_expired(base::BootTime now) {
    std::vector<BusJob> out;
    for (auto job = jobs_.begin(); job != jobs_.end();) {
      if (job->first.expires > now) {
        ++job;
        continue;
      }
      out.push_back(std::move(job->second));
      job = jobs_.erase(job);
    }
    return out;
  }

 private:
  std::map<Key, BusJob> jobs_;
  std::uint64_t next_ = 0;
};

}  // namespace wayside::pipeline
