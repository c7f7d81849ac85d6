// The jobs of others: how they come in, wait, get the bus and let it go.
#include <algorithm>
#include <memory>
#include <utility>

#include "pipeline/poller.hpp"

namespace wayside::pipeline {
namespace {

base::Error not_run(base::Errc code, std::string what) {
  return {code, base::Consequence::retry_later, std::move(what)};
}

// A job's hold on the bus: gone when released, or when the release was dropped unused.
class Hold {
 public:
  Hold(std::weak_ptr<Poller*> poller, base::Scheduler& home, base::Task released)
      : poller_(std::move(poller)), home_(home), released_(std::move(released)) {}
  Hold(const Hold&) = delete;
  Hold& operator=(const Hold&) = delete;
  ~Hold() {
    // The Poller is gone (and perhaps its Scheduler) when the last tasks of an ended gateway are dropped.
    if (!poller_.expired()) home_.post(std::move(released_));
  }

 private:
  std::weak_ptr<Poller*> poller_;
  base::Scheduler& home_;
  base::Task released_;
};

}  // namespace

void Poller::submit(BusJob job) {
  home_.post([this, job = std::move(job)]() mutable { accept(std::move(job)); });
}

void Poller::accept(BusJob job) {
  if (stopped_) return job.run(not_run(base::Errc::cancelled, "the bus ends"), [] {});
  if (jobs_.full()) {
    ++statistics_.jobs_refused;
    return job.run(not_run(base::Errc::full, "too many wait for this bus"), [] {});
  }
  jobs_.push(std::move(job));
  arm_expiry();
  arm();
}

void Poller::arm_expiry() {
  if (expiry_timer_ != base::TimerId::none) home_.cancel(std::exchange(expiry_timer_, base::TimerId::none));
  const auto first = jobs_.first_expiry();
  if (!first) return;
  expiry_timer_ = home_.post_at(*first, [this] {
    expiry_timer_ = base::TimerId::none;
    expire_jobs();
  });
}

void Poller::expire_jobs() {
  auto expired = jobs_.take_expired(home_.now());
  statistics_.jobs_expired += expired.size();
  for (auto& job : expired) job.run(not_run(base::Errc::timeout, "the bus had no time for it"), [] {});
  arm_expiry();
}

void Poller::cancel_jobs() {
  while (!jobs_.empty()) jobs_.pop().run(not_run(base::Errc::cancelled, "the bus ends"), [] {});
}

void Poller::run_job() {
  auto job = jobs_.pop();
  arm_expiry();
  if (job.expires <= home_.now()) {
    ++statistics_.jobs_expired;
    job.run(not_run(base::Errc::timeout, "the bus had no time for it"), [] {});
    return turn_ ? advance() : arm();
  }
  ++statistics_.turns[index(job.priority)];
  job_running_ = true;
  const auto number = ++job_number_;
  auto hold = std::make_unique<Hold>(alive_, home_, [this, number] { job_released(number); });
  job.run(&bus_, [hold = std::move(hold)]() mutable { hold.reset(); });
}

void Poller::job_released(std::uint64_t number) {
  if (!job_running_ || number != job_number_) return;
  job_running_ = false;
  if (!running_) return tell_idle();
  // Whom it spoke to is not known here: the silence is that of the most demanding device.
  silent_until_ = std::max(silent_until_, home_.now() + most_quiet_);
  free_since_ = silent_until_;
  return turn_ ? advance() : pump();
}

}  // namespace wayside::pipeline
