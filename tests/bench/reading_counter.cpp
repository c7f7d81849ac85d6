#include "bench/reading_counter.hpp"

#include <fmt/format.h>
#include <mqtt/async_client.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <new>

#include "bench/report.hpp"
#include "wayside/v1/chunk.pb.h"

namespace wayside::bench {
namespace {

constexpr double kPatience = 10;  // seconds

class Counting final : public virtual mqtt::callback {
 public:
  explicit Counting(ReadingCounter::Shared& shared) : shared_(shared) {}
  void message_arrived(mqtt::const_message_ptr message) override {
    const auto& payload = message->get_payload();
    if (message->get_topic() == kPlainTopic) {
      shared_.readings += static_cast<std::uint64_t>(std::ranges::count(payload, '\n'));
    } else if (message->get_topic().ends_with("/telemetry")) {
      if (v1::Chunk chunk; chunk.ParseFromArray(payload.data(), static_cast<int>(payload.size()))) {
        shared_.readings += chunk.event_count();
      }
    }
  }

 private:
  ReadingCounter::Shared& shared_;
};

[[noreturn]] void count(std::uint16_t broker, ReadingCounter::Shared& shared) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  mqtt::async_client client(fmt::format("tcp://127.0.0.1:{}", broker), "reading-counter");
  Counting counting(shared);
  client.set_callback(counting);
  client.connect()->wait();
  client.subscribe("wayside/#", 1)->wait();
  shared.subscribed = true;
  for (;;) ::pause();
}

}  // namespace

ReadingCounter::ReadingCounter(std::uint16_t broker) {
  void* page = ::mmap(nullptr, sizeof(Shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (page == MAP_FAILED) give_up("no memory to share");  // NOLINT: the interface of mmap
  shared_ = new (page) Shared;
  child_ = ::fork();
  if (child_ < 0) give_up("cannot fork");
  if (child_ == 0) count(broker, *shared_);
  const double until = wall_seconds() + kPatience;
  while (!shared_->subscribed) {
    if (wall_seconds() > until) give_up("the subscriber does not come up");
    ::usleep(10'000);
  }
}

ReadingCounter::~ReadingCounter() {
  ::kill(child_, SIGKILL);
  ::waitpid(child_, nullptr, 0);
  ::munmap(shared_, sizeof(Shared));
}

}  // namespace wayside::bench
