#include "pipeline/recorder.hpp"

#include <algorithm>
#include <utility>

#include "base/log.hpp"

namespace wayside::pipeline {
namespace {

constexpr std::size_t kMostTelemetry = 256;  // chunks waiting in memory while the disk refuses
constexpr std::size_t kMostAlarms = 1000;
constexpr auto kRetry = std::chrono::seconds{1};

ports::ChunkDraft to_draft(wire::SealedChunk chunk) {
  return {chunk.stream,
          chunk.boot,
          std::move(chunk.catalogue),
          chunk.events,
          chunk.first_offset,
          chunk.last_offset,
          static_cast<std::uint8_t>(chunk.codec),
          chunk.checksum,
          std::move(chunk.row)};
}

bool is_telemetry(const ports::ChunkDraft& chunk) { return chunk.stream.kind == model::StreamKind::telemetry; }

}  // namespace

Recorder::Recorder(Options options, wire::Chunker chunker, ports::Outbox& outbox, base::Scheduler& core,
                   CommitListener& listener)
    : options_(options), chunker_(std::move(chunker)), outbox_(outbox), core_(core), listener_(listener) {}

Recorder::~Recorder() {
  for (const auto timer : {window_timer_, retry_timer_}) {
    if (timer != base::TimerId::none) core_.cancel(timer);
  }
}

void Recorder::record(const model::Event& event) {
  home_.check();
  ++counters_.events;
  const auto stream = model::stream_of(event);
  if (auto full = chunker_.add(event)) keep(std::move(*full));
  if (stream.kind == model::StreamKind::alarm) {
    alarms_open_ = true;
    note(event);
  } else {
    arm_window(*chunker_.open_since(stream));
  }
}

void Recorder::change(ports::StateChange change) {
  state_later_.erase({change.space, change.key});
  state_[{std::move(change.space), std::move(change.key)}] = std::move(change.value);
  alarms_open_ = true;
}

void Recorder::change_later(ports::StateChange change) {
  state_later_[{std::move(change.space), std::move(change.key)}] = std::move(change.value);
}

void Recorder::arm_window(base::BootTime first) {
  if (window_timer_ != base::TimerId::none) return;
  // Sealed early enough that the commit itself still falls into the window.
  window_timer_ = core_.post_at(first + options_.telemetry_loss_window * 3 / 4, [this] {
    window_timer_ = base::TimerId::none;
    seal_telemetry();
    commit_next();
  });
}

void Recorder::seal_telemetry() {
  for (const auto c : model::kDataClasses) seal({model::StreamKind::telemetry, c});
  state_.merge(state_later_);
  for (auto& [key, value] : state_later_) state_[key] = std::move(value);  // the later one wins
  state_later_.clear();
}

void Recorder::end_instant() {
  if (std::exchange(alarms_open_, false)) seal_alarms();
  commit_next();
}

void Recorder::seal_alarms() {
  for (const auto c : model::kDataClasses) seal({model::StreamKind::alarm, c});
  untold_sealed_ = untold_.size();
}

void Recorder::flush(base::Task done) {
  seal_alarms();
  seal_telemetry();
  if (done) flushes_.push_back(std::move(done));
  commit_next();
}

void Recorder::stop() {
  stopped_ = true;
  for (auto* timer : {&window_timer_, &retry_timer_}) {
    if (*timer != base::TimerId::none) core_.cancel(std::exchange(*timer, base::TimerId::none));
  }
}

std::vector<ports::StateChange> Recorder::pending_state() const {
  std::vector<ports::StateChange> out;
  for (const auto* changes : {&state_later_, &state_}) {
    for (const auto& [key, value] : *changes) out.push_back({key.first, key.second, value});
  }
  return out;
}

void Recorder::adopt(Recorder& before) {
  sealed_ = std::exchange(before.sealed_, {});
  state_ = std::exchange(before.state_, {});
  state_later_ = std::exchange(before.state_later_, {});
  untold_ = std::exchange(before.untold_, {});
  refused_ = before.refused_;
  told_ = before.told_;
  counters_ = before.counters_;
  commit_next();
}

void Recorder::after_commit(base::Task done) {
  flushes_.push_back(std::move(done));
  commit_next();
}

void Recorder::seal(model::Stream stream) {
  if (auto chunk = chunker_.seal(stream)) keep(std::move(*chunk));
}

void Recorder::keep(wire::SealedChunk chunk) {
  sealed_.push_back(to_draft(std::move(chunk)));
  trim();
}

void Recorder::trim() {
  const auto drop_oldest = [this](bool telemetry, std::size_t most) {
    const auto matches = [telemetry](const ports::ChunkDraft& c) { return is_telemetry(c) == telemetry; };
    auto surplus = std::ranges::count_if(sealed_, matches) - static_cast<std::ptrdiff_t>(most);
    for (; surplus > 0; --surplus) {
      sealed_.erase(std::ranges::find_if(sealed_, matches));
      ++counters_.dropped_chunks;
      base::log::error("recorder.dropped", {{"telemetry", telemetry}, {"total", counters_.dropped_chunks}});
    }
  };
  drop_oldest(true, kMostTelemetry);
  drop_oldest(false, kMostAlarms);
}

void Recorder::commit_next() {
  if (stopped_ || commit_underway_ || retry_timer_ != base::TimerId::none) return;
  if (sealed_.empty() && state_.empty()) {
    for (auto& done : std::exchange(flushes_, {})) core_.post(std::move(done));
    return;
  }
  underway_ = std::exchange(sealed_, {});
  underway_state_ = std::exchange(state_, {});
  const auto sealed = untold_.begin() + static_cast<std::ptrdiff_t>(std::exchange(untold_sealed_, 0));
  untold_underway_.assign(std::make_move_iterator(untold_.begin()), std::make_move_iterator(sealed));
  untold_.erase(untold_.begin(), sealed);
  ports::Commit commit;
  commit.chunks.assign(underway_.begin(), underway_.end());
  for (const auto& [key, value] : underway_state_) commit.state.push_back({key.first, key.second, value});
  commit_underway_ = true;
  outbox_.commit(std::move(commit),
                 [this](base::Result<std::vector<ports::StoredKey>> keys) { on_committed(std::move(keys)); });
}

void Recorder::on_committed(base::Result<std::vector<ports::StoredKey>> keys) {
  home_.check();
  commit_underway_ = false;
  if (!keys) {
    ++counters_.failed_commits;
    base::log::error("recorder.commit_failed", {{"what", keys.error().what}});
    put_back();
    tell_refused();
    // Whoever waits for a flush must not wait for a disk that may never come back.
    for (auto& done : std::exchange(flushes_, {})) core_.post(std::move(done));
    retry_timer_ = core_.post_at(core_.now() + kRetry, [this] {
      retry_timer_ = base::TimerId::none;
      commit_next();
    });
    return;
  }
  counters_.chunks += keys->size();
  underway_.clear();
  underway_state_.clear();
  tell_accepted();
  listener_.committed(*keys);
  commit_next();
}

void Recorder::put_back() {
  for (auto& chunk : std::exchange(sealed_, {})) underway_.push_back(std::move(chunk));
  sealed_ = std::exchange(underway_, {});
  state_.merge(underway_state_);  // what came later stays
  underway_state_.clear();
  trim();
}

void Recorder::note(const model::Event& alarm) {
  if (notices_ == nullptr || !std::holds_alternative<model::AlarmTransition>(alarm.body)) return;
  if (refused_) {
    told_ = true;
    notices_->not_durable(alarm);
  } else if (untold_.size() < kMostAlarms) {  // a commit that never ends: the rest is told by itself when it is stored
    untold_.push_back(alarm);
  }
}

void Recorder::tell_refused() {
  refused_ = true;
  untold_sealed_ = 0;
  for (auto* waiting : {&untold_underway_, &untold_}) {
    for (const auto& alarm : std::exchange(*waiting, {})) {
      told_ = true;
      notices_->not_durable(alarm);
    }
  }
}

void Recorder::tell_accepted() {
  refused_ = false;
  untold_underway_.clear();
  if (!told_ || alarms_open_ || !std::ranges::all_of(sealed_, is_telemetry)) return;
  told_ = false;
  notices_->durable_again();
}

}  // namespace wayside::pipeline
