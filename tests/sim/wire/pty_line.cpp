#include "sim/wire/pty_line.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/ioctl.h>
#include <termios.h>

#include <algorithm>
#include <array>
#include <boost/asio/buffer.hpp>
#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <system_error>

namespace wayside::sim {
namespace {

using Error = boost::system::error_code;

constexpr double kBitsPerCharacter = 10;
constexpr double kSilenceCharacters = 3.5;
// A pty gives whole writes at once, but its two ends share this machine with others: a shorter gap would cut frames.
constexpr std::chrono::milliseconds kLeastGap{5};
constexpr std::chrono::milliseconds kSlice{2};
constexpr std::chrono::milliseconds kBabble{20};
constexpr std::size_t kMostQueued = 16;

base::Error failed(const std::string& what, int number) {
  return {base::Errc::io, base::Consequence::fatal,
          fmt::format("{}: {}", what, std::generic_category().message(number)), number};
}

base::Result<void> make_raw(int fd) {
  termios settings{};
  if (::tcgetattr(fd, &settings) != 0) return failed("tcgetattr", errno);
  ::cfmakeraw(&settings);
  if (::tcsetattr(fd, TCSANOW, &settings) != 0) return failed("tcsetattr", errno);
  return {};
}

base::Result<void> link_to(const std::string& target, const std::string& path) {
  namespace fs = std::filesystem;
  std::error_code error;
  if (const auto parent = fs::path(path).parent_path(); !parent.empty()) fs::create_directories(parent, error);
  if (fs::is_symlink(path, error)) {
    fs::remove(path, error);
  }
  fs::create_symlink(target, path, error);
  if (error) return failed(fmt::format("linking '{}'", path), error.value());
  return {};
}

}  // namespace

PtyLine::PtyLine(boost::asio::io_context& io, Slave& slave, std::string path, int baud)
    : slave_(slave),
      path_(std::move(path)),
      baud_(baud),
      wire_(io),
      silence_(io),
      send_timer_(io),
      share_timer_(io),
      babble_timer_(io) {}

PtyLine::~PtyLine() {
  std::error_code ignored;  // a leftover link is replaced at the next start
  if (linked_) std::filesystem::remove(path_, ignored);
}

base::Result<std::unique_ptr<PtyLine>> PtyLine::open(boost::asio::io_context& io, Slave& slave, const std::string& path,
                                                     int baud, bool echoes) {
  auto line = std::make_unique<PtyLine>(io, slave, path, baud);
  line->echoes_ = echoes;
  if (const auto ready = line->prepare(); !ready) return ready.error().in(fmt::format("pty '{}'", path));
  line->read();
  line->share();
  line->babble();
  return line;
}

base::Result<void> PtyLine::prepare() {
  base::UniqueFd master(::posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC));
  if (!master) return failed("posix_openpt", errno);
  if (::grantpt(master.get()) != 0 || ::unlockpt(master.get()) != 0) return failed("unlockpt", errno);
  std::array<char, 128> name{};
  if (const int number = ::ptsname_r(master.get(), name.data(), name.size()); number != 0) {
    return failed("ptsname_r", number);
  }
  client_side_ = base::UniqueFd(::open(name.data(), O_RDWR | O_NOCTTY | O_CLOEXEC));
  if (!client_side_) return failed(name.data(), errno);
  if (const auto raw = make_raw(client_side_.get()); !raw) return raw;
  Error error;
  wire_.assign(::dup(master.get()), error);
  if (error) return failed("assign", error.value());
  wire_.non_blocking(true, error);
  if (error) return failed("non-blocking", error.value());
  if (const auto linked = link_to(name.data(), path_); !linked) return linked;
  linked_ = true;
  return {};
}

PtyLine::Clock::duration PtyLine::characters(double count) const {
  return std::chrono::duration_cast<Clock::duration>(
      std::chrono::duration<double>(count * kBitsPerCharacter / static_cast<double>(baud_)));
}

// A client that was killed leaves its TIOCEXCL behind, because our own descriptor keeps the terminal alive.
void PtyLine::share() {
  ::ioctl(client_side_.get(), TIOCNXCL);
  share_timer_.expires_after(std::chrono::seconds{1});
  share_timer_.async_wait([this](const Error& error) {
    if (!error) share();
  });
}

void PtyLine::babble() {
  babble_timer_.expires_after(kBabble);
  babble_timer_.async_wait([this](const Error& error) {
    if (error) return;
    if (const auto bytes = slave_.babble(); !bytes.empty()) {
      Error full;
      wire_.write_some(boost::asio::buffer(bytes), full);
    }
    babble();
  });
}

void PtyLine::read() { wire_.async_read_some(boost::asio::buffer(buffer_), std::bind_front(&PtyLine::received, this)); }

void PtyLine::received(const Error& error, std::size_t size) {
  if (error) return;  // aborted, or the pty is gone with the whole program
  if (echoes_) {      // a two-wire adapter that hears itself
    Error full;
    wire_.write_some(boost::asio::buffer(buffer_.data(), size), full);
  }
  if (slave_.speaks_frames()) {
    for (const auto& reply : slave_.hear(base::ByteView(buffer_.data(), size))) queue(reply.pdu, reply, size);
    return read();
  }
  if (const auto request = receiver_.feed(base::ByteView(buffer_.data(), size))) {
    serve(*request);
  } else {
    silence_.expires_after(std::max<Clock::duration>(kLeastGap, characters(kSilenceCharacters)));
    silence_.async_wait(std::bind_front(&PtyLine::silent, this));
  }
  read();
}

void PtyLine::silent(const Error& error) {
  if (error) return;
  if (const auto request = receiver_.silence()) serve(*request);
}

void PtyLine::serve(const RtuRequest& request) {
  auto reply = slave_.handle(request.unit, request.pdu);
  if (reply)
    queue(rtu_frame(static_cast<std::uint8_t>(request.unit + (reply->wrong_unit ? 1 : 0)), reply->pdu), *reply,
          request.wire_bytes);
}

void PtyLine::queue(base::Bytes frame, const Reply& reply, std::size_t request_bytes) {
  if (queue_.size() >= kMostQueued) return;
  if (reply.is_corrupt) frame[frame.size() / 2] ^= 0x10U;
  if (reply.is_truncated) frame.resize(frame.size() / 2);
  frame.insert(frame.begin(), reply.noise_before.begin(), reply.noise_before.end());
  auto start = Clock::now() + characters(static_cast<double>(request_bytes) + kSilenceCharacters) + reply.delay;
  if (!queue_.empty()) {  // one wire: behind what still leaves it
    const auto& last = queue_.back();
    start = std::max(start, last.start + characters(static_cast<double>(last.frame.size())));
  }
  queue_.push_back({start, std::move(frame)});
  if (queue_.size() == 1) schedule_send();
}

void PtyLine::schedule_send() {
  const Sending& sending = queue_.front();
  // A byte is there when its last bit is.
  const auto next = sending.start + characters(static_cast<double>(sending.sent) + 1);
  send_timer_.expires_at(std::max(next, sending.sent == 0 ? next : Clock::now() + kSlice));
  send_timer_.async_wait(std::bind_front(&PtyLine::send_due, this));
}

void PtyLine::send_due(const Error& error) {
  if (error || queue_.empty()) return;
  Sending& sending = queue_.front();
  const double passed = std::chrono::duration<double>(Clock::now() - sending.start) / characters(1.0);
  const auto due = std::min(sending.frame.size(), static_cast<std::size_t>(std::max(0.0, passed)));
  if (due > sending.sent) {
    Error full;  // a client that does not read loses bytes, as on a wire
    wire_.write_some(boost::asio::buffer(sending.frame.data() + sending.sent, due - sending.sent), full);
    sending.sent = due;
  }
  if (sending.sent == sending.frame.size()) queue_.pop_front();
  if (!queue_.empty()) schedule_send();
}

}  // namespace wayside::sim
