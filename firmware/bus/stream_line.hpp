// The half of a ports::Line that a socket and a serial port share: reading, writing, deadlines and closing over an Asio
// stream on the bus's io_context. Private to bus.
//
// A write tries at once and waits only for what did not fit; a read is one call of the system a time. There is one
// timer for all deadlines, armed anew only when it fires. No handler may run after the line is gone: its io_context
// must have stopped, or the line must have been closed and the io_context run once more.
#pragma once

#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <memory>
#include <string>
#include <utility>

#include "base/assert.hpp"
#include "base/clock.hpp"
#include "ports/line.hpp"

namespace wayside::bus {

[[nodiscard]] base::Error line_error(const boost::system::error_code& error);

template <class Stream>
class StreamLine : public ports::Line {
 public:
  StreamLine(boost::asio::io_context& io, const base::Clock& clock, std::string name)
      : io_(io), clock_(clock), name_(std::move(name)), stream_(io), timer_(io) {}

  void write(base::ByteView bytes, base::BootTime deadline, Written done) final {
    WAYSIDE_ASSERT(!writer_);
    writer_ = std::move(done);
    rest_ = bytes;
    written_ = bytes.size();
    write_deadline_ = deadline;
    push();
  }

  void read(base::BootTime deadline, Received done) final {
    WAYSIDE_ASSERT(!reader_);
    reader_ = std::move(done);
    read_deadline_ = deadline;
    if (!stream_.is_open()) return fail_read_later();
    const auto life = life_;
    stream_.async_read_some(boost::asio::buffer(buffer_),
                            [this, life](const boost::system::error_code& error, std::size_t size) {
                              if (life == life_) received(error, size);
                            });
    arm(deadline);
  }

  void close() override {
    ++life_;
    const bool was_open = stream_.is_open();
    boost::system::error_code ignored;  // it is gone either way
    if (was_open) stream_.close(ignored);
    timer_at_ = ports::kNoDeadline;
    timer_.cancel();
    if (reader_) fail_read_later();
    if (writer_) fail_write_later(boost::asio::error::operation_aborted);
  }

  [[nodiscard]] bool is_open() const final { return stream_.is_open(); }
  [[nodiscard]] const std::string& name() const final { return name_; }

 protected:
  // When the last of `size` bytes given to the system now will have left.
  [[nodiscard]] virtual base::BootTime leaves_at(base::BootTime now, std::size_t /*size*/) const { return now; }
  // A deadline that only the derived line knows.
  virtual void also_expired(base::BootTime /*now*/) {}

  void arm(base::BootTime deadline) {
    if (deadline == ports::kNoDeadline || timer_at_ <= deadline) return;
    timer_at_ = deadline;
    timer_.expires_after(deadline - clock_.boot_now());
    timer_.async_wait([this](const boost::system::error_code& error) {
      if (error) return;
      timer_at_ = ports::kNoDeadline;
      expired();
    });
  }

  boost::asio::io_context& io_;
  const base::Clock& clock_;
  std::string name_;
  Stream stream_;
  std::uint64_t life_ = 0;  // of the stream: what belongs to an older one is ignored

 private:
  void push() {
    boost::system::error_code error = boost::asio::error::bad_descriptor;
    const std::size_t size =
        stream_.is_open() ? stream_.write_some(boost::asio::buffer(rest_.data(), rest_.size()), error) : 0;
    if (error && error != boost::asio::error::would_block) return fail_write_later(error);
    rest_ = rest_.subspan(error ? 0 : size);
    const auto life = life_;
    if (rest_.empty()) {
      const auto at = leaves_at(clock_.boot_now(), written_);
      boost::asio::post(io_, [this, at] { answer_write(at); });
      return;
    }
    stream_.async_wait(Stream::wait_write, [this, life](const boost::system::error_code& failed) {
      if (life != life_ || !writer_) return;
      failed ? fail_write_later(failed) : push();
    });
    arm(write_deadline_);
  }

  void received(const boost::system::error_code& error, std::size_t size) {
    if (!reader_) return;  // timed out as this came: the bytes are kept for nobody
    auto reader = std::exchange(reader_, {});
    if (error) return reader(line_error(error));
    reader(ports::LineBytes{base::ByteView(buffer_.data(), size), clock_.boot_now()});
  }

  void answer_write(base::Result<base::BootTime> result) {
    if (auto writer = std::exchange(writer_, {})) writer(std::move(result));
  }

  void fail_write_later(const boost::system::error_code& error) {
    rest_ = {};
    boost::asio::post(io_, [this, error] { answer_write(line_error(error)); });
  }

  void fail_read_later() {
    boost::asio::post(io_, [held = std::make_shared<Received>(std::exchange(reader_, {}))] {
      (*held)(line_error(boost::asio::error::operation_aborted));
    });
  }

  void expired() {
    const auto now = clock_.boot_now();
    also_expired(now);
    if (writer_ && !rest_.empty()) {
      if (now >= write_deadline_) {
        fail_write_later(boost::asio::error::timed_out);
      } else {
        arm(write_deadline_);
      }
    }
    if (!reader_) return;
    if (now < read_deadline_) return arm(read_deadline_);
    boost::system::error_code ignored;
    stream_.cancel(ignored);
    ++life_;
    std::exchange(reader_, {})(line_error(boost::asio::error::timed_out));
  }

  boost::asio::steady_timer timer_;
  base::BootTime timer_at_ = ports::kNoDeadline;
  std::array<std::uint8_t, 2048> buffer_{};
  Received reader_;
  base::BootTime read_deadline_{};
  Written writer_;
  base::ByteView rest_;
  std::size_t written_ = 0;
  base::BootTime write_deadline_{};
};

}  // namespace wayside::bus
