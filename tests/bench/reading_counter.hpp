// A subscriber in a process of its own (its CPU is not ours) that counts the readings in what comes: the events of
// telemetry chunks, or the lines on kPlainTopic.
#pragma once

#include <sys/types.h>

#include <atomic>
#include <cstdint>

namespace wayside::bench {

inline constexpr const char* kPlainTopic = "wayside/plain";

class ReadingCounter {
 public:
  // Subscribed once this returns. Requires: this process has no threads yet.
  explicit ReadingCounter(std::uint16_t broker);
  ~ReadingCounter();
  ReadingCounter(const ReadingCounter&) = delete;
  ReadingCounter& operator=(const ReadingCounter&) = delete;
  [[nodiscard]] std::uint64_t readings() const { return shared_->readings; }

  struct Shared {  // with the child
    std::atomic<bool> subscribed{false};
    std::atomic<std::uint64_t> readings{0};
  };

 private:
  Shared* shared_ = nullptr;
  pid_t child_ = -1;
};

}  // namespace wayside::bench
