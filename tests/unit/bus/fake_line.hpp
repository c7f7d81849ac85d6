// A ports::Line in virtual time whose other side is a test: what is written is shown to `heard`, which may say bytes
// after a while.
#pragma once

#include <deque>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "base/assert.hpp"
#include "base/scheduler.hpp"
#include "ports/line.hpp"

namespace wayside::test {

class FakeLine final : public ports::Line {
 public:
  explicit FakeLine(base::Scheduler& home) : home_(home) {}

  std::function<void(const base::Bytes&)> heard = [](const base::Bytes&) {};
  base::Result<void> open_result;
  std::chrono::microseconds wire_time{};
  std::vector<base::Bytes> written;
  std::vector<base::BootTime> written_at;
  int opens = 0;

  void say(base::Bytes bytes, std::chrono::microseconds after) {
    home_.post_at(home_.now() + after, [this, life = life_, bytes = std::move(bytes)]() mutable {
      if (life != life_) return;
      waiting_.push_back(std::move(bytes));
      deliver();
    });
  }
  void hang_up() {
    if (auto reader = std::exchange(reader_, {})) {
      home_.post([reader = std::move(reader)]() mutable {
        reader(base::Error{base::Errc::io, base::Consequence::device_lost, "hung up", 5});
      });
    }
  }

  void open(base::BootTime, Opened done) override {
    WAYSIDE_ASSERT(!open_);
    ++opens;
    home_.post([this, done = std::move(done)]() mutable {
      open_ = open_result.has_value();
      done(open_result);
    });
  }
  void write(base::ByteView bytes, base::BootTime, Written done) override {
    WAYSIDE_ASSERT(open_);
    written.emplace_back(bytes.begin(), bytes.end());
    written_at.push_back(home_.now());
    home_.post([at = home_.now() + wire_time, done = std::move(done)]() mutable { done(at); });
    heard(base::Bytes(written.back()));
  }
  void read(base::BootTime, Received done) override {
    WAYSIDE_ASSERT(!reader_);
    reader_ = std::move(done);
    if (!waiting_.empty()) home_.post([this] { deliver(); });
  }
  std::size_t discard() override {
    std::size_t total = 0;
    for (const auto& bytes : waiting_) total += bytes.size();
    waiting_.clear();
    return total;
  }
  void close() override {
    open_ = false;
    ++life_;
    waiting_.clear();
    if (auto reader = std::exchange(reader_, {})) {
      home_.post([reader = std::move(reader)]() mutable {
        reader(base::Error{base::Errc::closed, base::Consequence::device_lost, "closed by us"});
      });
    }
  }
  [[nodiscard]] bool is_open() const override { return open_; }
  [[nodiscard]] const std::string& name() const override { return name_; }

 private:
  void deliver() {
    if (waiting_.empty() || !reader_) return;
    const auto bytes = std::move(waiting_.front());
    waiting_.pop_front();
    std::exchange(reader_, {})(ports::LineBytes{bytes, home_.now()});
  }

  base::Scheduler& home_;
  std::string name_ = "fake";
  bool open_ = false;
  int life_ = 0;
  std::deque<base::Bytes> waiting_;
  Received reader_;
};

}  // namespace wayside::test
