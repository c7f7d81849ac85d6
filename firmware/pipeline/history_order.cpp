#include "pipeline/history_order.hpp"

#include <utility>

namespace wayside::pipeline {

struct HistoryOrders::Job {
  std::string id;
  HistoryAsk ask;
  Send send;
  std::uint32_t pages = 0;
  std::uint64_t so_far = 0;
  std::uint64_t unreadable = 0;
};

bool HistoryOrders::may_begin() {
  std::erase_if(running_, [](const auto& job) { return job.expired(); });
  return running_.size() < kMostAtOnce;
}

void HistoryOrders::begin(const std::string& id, const model::HistoryQuery& query, bool sensitive, Send send) {
  HistoryAsk ask{query.device, query.point, query.from, query.until, sensitive, {}, kPage};
  const auto job = std::make_shared<Job>(Job{id, std::move(ask), std::move(send)});
  running_.push_back(job);
  next(job);
}

void HistoryOrders::next(std::shared_ptr<Job> job) {
  auto ask = job->ask;
  historian_.read(std::move(ask), [this, job, alive = std::weak_ptr(alive_)](base::Result<HistoryPart> part) {
    if (!alive.expired()) take(job, std::move(part));
  });
}

void HistoryOrders::take(const std::shared_ptr<Job>& job, base::Result<HistoryPart> part) {
  using model::AnswerOutcome;
  if (!part) return job->send({job->id, AnswerOutcome::refused, part.error().what}, model::DataClass::internal, {});
  job->unreadable += part->unreadable;
  job->so_far += part->samples.size();
  const bool last = !part->next;
  if (!last) job->ask.cursor = *part->next;
  if (part->samples.empty() && !last) return next(job);
  std::string reason;
  if (last && job->so_far == 0) reason = historian_.doubt(job->ask.device, job->ask.point);
  if (last && job->unreadable > 0) {
    reason += (reason.empty() ? "" : "; ") + std::to_string(job->unreadable) + " chunks of that time cannot be read";
  }
  wire::HistoryPage page{job->pages++, last, std::move(part->samples), job->so_far};
  Answers::Done then;
  if (!last) {
    // Whom it answers may be gone by then, with all that is recorded here.
    then = [this, job, alive = std::weak_ptr(alive_)](bool arrived) {
      if (arrived && !alive.expired()) next(job);
    };
  }
  job->send({job->id, AnswerOutcome::done, reason, std::move(page)}, part->data_class, std::move(then));
}

}  // namespace wayside::pipeline
