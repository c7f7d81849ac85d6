#include "simulation/clock_faults.hpp"

#include <utility>

namespace wayside::simulation {
namespace {

using std::chrono::microseconds;
using std::chrono::seconds;

constexpr microseconds kTenYears = std::chrono::days{3652};
constexpr microseconds kDay = std::chrono::days{1};

}  // namespace

void ClockBook::note(const base::Clock& clock) {
  const auto now = clock.boot_now();
  boots_[clock.boot_id()].push_back(
      {now, clock.wall_now().time_since_epoch() - now.time_since_epoch(), clock.wall_trusted()});
}

bool ClockBook::showed(const base::BootId& boot, base::BootTime offset, base::WallTime wall) const {
  const auto found = boots_.find(boot);
  if (found == boots_.end()) return false;
  const auto ahead = wall.time_since_epoch() - offset.time_since_epoch();
  const auto& pieces = found->second;
  for (std::size_t i = 0; i < pieces.size(); ++i) {
    // At the very instant of a step both are right.
    const bool holds = pieces[i].from <= offset && (i + 1 == pieces.size() || offset <= pieces[i + 1].from);
    if (holds && pieces[i].trusted && pieces[i].ahead == ahead) return true;
  }
  return false;
}

bool ClockBook::trusted_for(const base::Clock& clock, const base::BootId& boot, microseconds span) const {
  const auto found = boots_.find(boot);
  if (boot != clock.boot_id() || found == boots_.end()) return false;
  auto since = base::BootTime::max();
  for (const auto& piece : found->second) {
    if (!piece.trusted) since = base::BootTime::max();
    if (piece.trusted && since == base::BootTime::max()) since = piece.from;
  }
  return since != base::BootTime::max() && clock.boot_now() - since >= span;
}

ClockFaults::ClockFaults(base::VirtualTime& time, base::Scheduler& scheduler, base::Random& chance, ClockBook& book)
    : time_(time), scheduler_(scheduler), chance_(chance), book_(book) {
  book_.note(time_);
}

void ClockFaults::start() {
  kind_ = static_cast<Kind>(chance_.below(5));
  switch (kind_) {
    case Kind::none: break;
    case Kind::no_battery: boot_without_battery(); break;
    case Kind::ten_years_ahead: go_wrong_later(kTenYears); break;
    case Kind::day_behind: go_wrong_later(-kDay); break;
    case Kind::every_minute: step_each_minute(); break;
  }
}

void ClockFaults::rebooted() {
  ++boot_;
  if (kind_ == Kind::no_battery && !ended_) return boot_without_battery();
  book_.note(time_);
}

void ClockFaults::end() {
  ended_ = true;
  time_.set_trusted(true);
  set_right();
}

// It counts from 1970 until someone tells it the time.
void ClockFaults::boot_without_battery() {
  time_.set_trusted(false);
  step(-time_.wall_now().time_since_epoch());
  later(seconds{20}, seconds{1800}, [this, boot = boot_] {
    if (boot != boot_) return;
    time_.set_trusted(true);
    set_right();
  });
}

void ClockFaults::go_wrong_later(microseconds by) {
  later(seconds{30}, seconds{1200}, [this, by] {
    step(by);
    later(seconds{10}, seconds{1200}, [this, by] {
      set_right();
      go_wrong_later(by);
    });
  });
}

void ClockFaults::step_each_minute() {
  later(seconds{60}, seconds{60}, [this] {
    set_right();
    step(seconds{chance_.below(7200)} - seconds{3600});
    step_each_minute();
  });
}

void ClockFaults::set_right() { step(-wrong_by_); }

void ClockFaults::step(microseconds by) {
  time_.step_wall(by);
  wrong_by_ += by;
  ++steps_;
  book_.note(time_);
}

void ClockFaults::later(seconds least, seconds most, base::Task task) {
  const auto span = least + seconds{chance_.below(static_cast<std::uint64_t>((most - least).count()) + 1)};
  scheduler_.post_at(time_.boot_now() + span, [this, task = std::move(task)]() mutable {
    if (!ended_) task();
  });
}

}  // namespace wayside::simulation
