#include "pipeline/hand_over.hpp"

#include <utility>

namespace wayside::pipeline {

void HandOver::give(PollResult result, base::Task taken) {
  waiting_.push_back({std::move(result), std::move(taken)});
  const auto now = home_.now();
  if (waiting_.size() >= kMost || (!planned_ && now - last_ >= kSpacing)) return flush();
  if (std::exchange(planned_, true)) return;
  home_.post_at(last_ + kSpacing, [this] {
    planned_ = false;
    flush();
  });
}

void HandOver::flush() {
  if (waiting_.empty()) return;
  last_ = home_.now();
  core_.post([this, batch = std::exchange(waiting_, {})]() mutable { deliver(std::move(batch)); });
}

void HandOver::deliver(std::vector<Item> batch) {
  delivering_ = true;
  for (auto& item : batch) {
    sink_.polled(std::move(item.result),
                 [this, taken = std::move(item.taken)]() mutable { take_back(std::move(taken)); });
  }
  delivering_ = false;
  return_taken();
}

void HandOver::take_back(base::Task taken) {
  returning_.push_back(std::move(taken));
  if (!delivering_) return_taken();
}

void HandOver::return_taken() {
  if (returning_.empty()) return;
  home_.post([tasks = std::exchange(returning_, {})]() mutable {
    for (auto& task : tasks) task();
  });
}

}  // namespace wayside::pipeline
