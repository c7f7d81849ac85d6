#include "bench/paced_line.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <termios.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <numeric>
#include <span>

#include "bench/report.hpp"
#include "sim/wire/crc16.hpp"

namespace wayside::bench {
namespace {

constexpr std::size_t kReadRequest = 8;
constexpr auto kSpin = std::chrono::microseconds{120};

void wait_until(std::chrono::steady_clock::time_point when) {
  std::this_thread::sleep_until(when - kSpin);
  while (std::chrono::steady_clock::now() < when) {
  }
}

}  // namespace

PacedLine::PacedLine(PacedOptions options) : options_(std::move(options)) {
  master_ = base::UniqueFd(::posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC));
  std::array<char, 128> name{};
  if (!master_ || ::grantpt(master_.get()) != 0 || ::unlockpt(master_.get()) != 0 ||
      ::ptsname_r(master_.get(), name.data(), name.size()) != 0) {
    give_up("cannot make a pseudo-terminal");
  }
  path_ = name.data();
  client_side_ = base::UniqueFd(::open(path_.c_str(), O_RDWR | O_NOCTTY | O_CLOEXEC));
  termios settings{};
  if (!client_side_ || ::tcgetattr(client_side_.get(), &settings) != 0) give_up("cannot open " + path_);
  ::cfmakeraw(&settings);
  ::tcsetattr(client_side_.get(), TCSANOW, &settings);
  thread_ = std::thread([this] { serve(); });
}

PacedLine::~PacedLine() {
  stop_ = true;
  thread_.join();
}

std::uint64_t PacedLine::answered() const {
  return std::accumulate(answered_.begin(), answered_.end(), std::uint64_t{0},
                         [](std::uint64_t sum, const auto& each) { return sum + each.load(); });
}

double PacedLine::gap_seconds(int baud) { return baud > 19'200 ? 0.00175 : 38.5 / baud; }

double PacedLine::least_transaction(int baud, int bits_per_character, int registers) {
  return (8 + 5 + 2 * registers) * static_cast<double>(bits_per_character) / baud + 2 * gap_seconds(baud);
}

PacedLine::Clock::duration PacedLine::characters(double count) const {
  return std::chrono::duration_cast<Clock::duration>(
      std::chrono::duration<double>(count * options_.bits_per_character / options_.baud));
}

// The bytes of one request; false when it is time to end.
bool PacedLine::receive(std::vector<std::uint8_t>& bytes, Clock::time_point& first) {
  bytes.clear();
  while (bytes.size() < kReadRequest) {
    pollfd waiting{master_.get(), POLLIN, 0};
    const int ready = ::poll(&waiting, 1, bytes.empty() ? 100 : 20);
    if (stop_) return false;
    if (ready <= 0) {
      bytes.clear();  // half a request: the slave forgets it
      continue;
    }
    if (bytes.empty()) first = Clock::now();
    std::array<std::uint8_t, 256> buffer{};
    const auto got = ::read(master_.get(), buffer.data(), buffer.size());
    if (got > 0) bytes.insert(bytes.end(), buffer.begin(), buffer.begin() + got);
  }
  return true;
}

void PacedLine::serve() {
  ::prctl(PR_SET_TIMERSLACK, 1UL);
  std::vector<std::uint8_t> request;
  Clock::time_point first{};
  const auto gap =
      std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(gap_seconds(options_.baud)));
  while (receive(request, first)) {
    if (first < line_free_ + gap) ++violations_;
    const auto end = first + characters(static_cast<double>(request.size()));
    line_free_ = end;
    answer(request, end + gap);
  }
}

void PacedLine::answer(const std::vector<std::uint8_t>& request, Clock::time_point start) {
  const std::uint8_t unit = request[0];
  const std::size_t count = (std::size_t{request[4]} << 8U) | request[5];
  if (sim::crc16(std::span(request).first(kReadRequest)) != 0 || count == 0 || count > 125) return;
  if (options_.silent_units.contains(unit)) return;
  std::vector<std::uint8_t> reply{unit, request[1], static_cast<std::uint8_t>(2 * count)};
  for (std::size_t i = 0; i < 2 * count; ++i) reply.push_back(static_cast<std::uint8_t>(i));
  const std::uint16_t crc = sim::crc16(reply);
  reply.push_back(static_cast<std::uint8_t>(crc & 0xFFU));
  reply.push_back(static_cast<std::uint8_t>(crc >> 8U));
  for (std::size_t i = 0; i < reply.size(); ++i) {
    line_free_ = start + characters(static_cast<double>(i + 1));
    wait_until(line_free_);
    if (::write(master_.get(), &reply[i], 1) != 1) return;
  }
  ++answered_[unit];
}

}  // namespace wayside::bench
