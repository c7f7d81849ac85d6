// A FramedBus on a FakeLine in virtual time, and what its tests say and expect.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "base/virtual_scheduler.hpp"
#include "bus/framed_bus.hpp"
#include "bus/framer.hpp"
#include "fake_line.hpp"
#include "support/catch.hpp"

namespace wayside::test {

using namespace std::chrono_literals;

inline base::Bytes hex(std::string_view text) { return *base::from_hex(text); }

inline base::Bytes rtu(std::string_view text) {
  auto frame = hex(text);
  bus::append_crc(frame);
  return frame;
}

inline base::Bytes joined(base::Bytes first, const base::Bytes& second) {
  first.insert(first.end(), second.begin(), second.end());
  return first;
}

class BusBench {
 public:
  using Reply = base::Result<ports::BusReply>;

  explicit BusBench(bus::FramedBusOptions options) {
    auto made = std::make_unique<FakeLine>(*home);
    line = made.get();
    bus = std::make_unique<bus::FramedBus>(options, std::move(made), *home);
  }

  // Asks; the answer comes as time goes on.
  void ask(ports::BusRequest request) {
    reply.reset();
    inside_ = true;
    bus->transact(request, [this](Reply got) {
      CHECK_FALSE(inside_);
      CHECK_FALSE(reply.has_value());
      reply.emplace(std::move(got));
      replied_at = time.boot_now();
    });
    inside_ = false;
  }
  void ask_read(std::uint8_t unit, std::uint16_t first, std::uint16_t count,
                std::chrono::microseconds timeout = std::chrono::milliseconds{300}) {
    ask({unit, device::RegisterBlock{device::RegisterKind::holding, first, count}, timeout});
  }
  const Reply& answer() {
    for (int n = 0; n < 10'000 && !reply; ++n) time.step(time.boot_now() + 30s);
    REQUIRE(reply.has_value());
    return *reply;
  }
  const Reply& read(std::uint8_t unit, std::uint16_t first, std::uint16_t count) {
    ask_read(unit, first, count);
    return answer();
  }
  std::vector<std::string> notes() const {
    std::vector<std::string> out;
    for (const auto& frame : bus->captured()) {
      if (!frame.note.empty()) out.push_back(frame.note);
    }
    return out;
  }

  base::VirtualTime time{base::WallTime{}};
  std::unique_ptr<base::Scheduler> home = time.make_scheduler();
  FakeLine* line = nullptr;
  std::unique_ptr<bus::FramedBus> bus;
  std::optional<Reply> reply;
  base::BootTime replied_at{};

 private:
  bool inside_ = false;
};

}  // namespace wayside::test
