// History queries of the platform: answered page by page; the next is read when the broker has the one before, so that
// a long answer never stands before anything else. Home: core.
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "model/order.hpp"
#include "pipeline/answers.hpp"
#include "pipeline/historian.hpp"
#include "wire/answer.hpp"

namespace wayside::pipeline {

class HistoryOrders {
 public:
  static constexpr std::size_t kMostAtOnce = 2;
  static constexpr std::size_t kPage = 500;  // samples: about what a chunk has

  using Send = std::function<void(wire::Answer, model::DataClass, Answers::Done)>;

  // It must outlive this.
  explicit HistoryOrders(Historian& historian) : historian_(historian) {}

  [[nodiscard]] bool may_begin();
  // `send` is called for each page; what it posts later may come when this is gone. Requires: may_begin().
  void begin(const std::string& id, const model::HistoryQuery& query, bool sensitive, Send send);

 private:
  struct Job;
  void next(std::shared_ptr<Job> job);
  void take(const std::shared_ptr<Job>& job, base::Result<HistoryPart> part);

  Historian& historian_;
  std::vector<std::weak_ptr<Job>> running_;
  std::shared_ptr<char> alive_ = std::make_shared<char>();
};

}  // namespace wayside::pipeline
