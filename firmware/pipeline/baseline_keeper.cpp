#include "pipeline/baseline_keeper.hpp"

#include <algorithm>

#include "base/log.hpp"

namespace wayside::pipeline {
namespace {

// Each piece once an hour, and at most 8 KiB every ten seconds.
constexpr std::chrono::seconds kRound{3600};
constexpr std::chrono::seconds kShortestPause{10};
constexpr std::size_t kMostAtTheEnd = 256;

}  // namespace

BaselineKeeper::BaselineKeeper(rules::Evaluator& rules, Judge& judge, base::Scheduler& core)
    : rules_(rules), judge_(judge), core_(core) {
  const auto count = static_cast<std::int64_t>(std::max<std::size_t>(1, rules_.baseline_count()));
  pause_ = std::max<std::chrono::microseconds>(kShortestPause, kRound / count);
}

BaselineKeeper::~BaselineKeeper() {
  if (timer_ != base::TimerId::none) core_.cancel(timer_);
}

void BaselineKeeper::restore(const std::vector<ports::StateEntry>& stored) {
  std::size_t taken = 0;
  for (const auto& entry : stored) taken += rules_.restore_baseline({entry.key, entry.value}) ? 1U : 0U;
  if (!stored.empty()) {
    base::log::info("rules.baselines", {{"restored", taken}, {"stored", stored.size()}});
  }
}

void BaselineKeeper::start() {
  if (rules_.baseline_count() > 0) arm();
}

void BaselineKeeper::arm() {
  timer_ = core_.post_at(core_.now() + pause_, [this] { save_next(); });
}

void BaselineKeeper::save_next() {
  if (auto piece = rules_.next_baseline()) judge_.keep({{kSpace, std::move(piece->key), std::move(piece->state)}});
  arm();
}

void BaselineKeeper::stop() {
  if (timer_ != base::TimerId::none) core_.cancel(std::exchange(timer_, base::TimerId::none));
  for (std::size_t i = std::min(kMostAtTheEnd, rules_.baseline_count()); i > 0; --i) {
    if (auto piece = rules_.next_baseline()) judge_.keep({{kSpace, std::move(piece->key), std::move(piece->state)}});
  }
}

}  // namespace wayside::pipeline
