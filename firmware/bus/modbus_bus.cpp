#include "bus/modbus_bus.hpp"

#include <fmt/format.h>
#include <modbus/modbus.h>
#include <time.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

#include "base/log.hpp"
#include "bus/fault_map.hpp"
#include "bus/line_timing.hpp"

namespace wayside::bus {
namespace {

constexpr auto kFirstPause = std::chrono::milliseconds{250};
constexpr auto kMostPause = std::chrono::milliseconds{10'000};

std::string name_of(const std::variant<RtuLine, TcpEndpoint>& where) {
  if (const auto* line = std::get_if<RtuLine>(&where)) return line->port;
  const auto& tcp = std::get<TcpEndpoint>(where);
  return fmt::format("{}:{}", tcp.host, tcp.port);
}

int read_registers(modbus_t* modbus, const device::RegisterBlock& block, std::uint16_t* words) {
  if (block.kind == device::RegisterKind::holding)
    return modbus_read_registers(modbus, block.first, block.count, words);
  return modbus_read_input_registers(modbus, block.first, block.count, words);
}

int read_bits(modbus_t* modbus, const device::RegisterBlock& block, std::uint8_t* bits) {
  if (block.kind == device::RegisterKind::coil) return modbus_read_bits(modbus, block.first, block.count, bits);
  return modbus_read_input_bits(modbus, block.first, block.count, bits);
}

int read_block(modbus_t* modbus, const device::RegisterBlock& block, std::vector<std::uint16_t>& words) {
  words.resize(block.count);
  if (block.kind == device::RegisterKind::holding || block.kind == device::RegisterKind::input) {
    return read_registers(modbus, block, words.data());
  }
  std::array<std::uint8_t, device::kMaxReadBits> bits{};
  const int got = read_bits(modbus, block, bits.data());
  std::copy_n(bits.begin(), block.count, words.begin());
  return got;
}

}  // namespace

struct ModbusBus::Context {
  explicit Context(modbus_t* m) : modbus(m) {}
  Context(const Context&) = delete;
  Context& operator=(const Context&) = delete;
  ~Context() {
    modbus_close(modbus);
    modbus_free(modbus);
  }
  modbus_t* modbus;
};

ModbusBus::ModbusBus(std::variant<RtuLine, TcpEndpoint> where, base::Scheduler& home, const base::Clock& clock)
    : where_(std::move(where)), home_(home), clock_(clock) {}

ModbusBus::~ModbusBus() = default;

void ModbusBus::transact(const ports::BusRequest& request, Callback done) {
  home_.post([this, request, done = std::move(done)]() mutable { done(exchange(request)); });
}

base::Result<void> ModbusBus::open() {
  if (context_) return {};
  if (clock_.boot_now() < not_before_) {
    return base::Error{base::Errc::closed, base::Consequence::device_lost, last_open_error_};
  }
  modbus_t* modbus = nullptr;
  if (const auto* line = std::get_if<RtuLine>(&where_)) {
    modbus = modbus_new_rtu(line->port.c_str(), line->baud, line->parity, 8, line->stop_bits);
  } else {
    const auto& tcp = std::get<TcpEndpoint>(where_);
    modbus = modbus_new_tcp_pi(tcp.host.c_str(), std::to_string(tcp.port).c_str());
  }
  int code = errno;
  if (modbus != nullptr) {
    auto fresh = std::make_unique<Context>(modbus);
    // The connect attempt itself is bounded by the response timeout.
    modbus_set_response_timeout(modbus, 1, 0);
    if (modbus_connect(modbus) == 0) {
      context_ = std::move(fresh);
      pause_ = {};
      base::log::info("bus.opened", {{"line", name_of(where_)}});
      return {};
    }
    code = errno;
  }
  pause_ = std::clamp<std::chrono::milliseconds>(pause_ * 2, kFirstPause, kMostPause);
  not_before_ = clock_.boot_now() + pause_;
  last_open_error_ = fmt::format("opening {}: {}", name_of(where_), modbus_strerror(code));
  base::log::warn("bus.cannot_open", {{"line", name_of(where_)}, {"reason", modbus_strerror(code)}});
  return base::Error{base::Errc::io, base::Consequence::device_lost, last_open_error_, code};
}

void ModbusBus::close() {
  context_.reset();
  not_before_ = clock_.boot_now();
}

void ModbusBus::keep_gap() const {
  const auto* line = std::get_if<RtuLine>(&where_);
  if (line == nullptr) return;
  const auto wait = last_activity_ + frame_gap(line->baud) - clock_.boot_now();
  if (wait.count() <= 0) return;
  const timespec pause{static_cast<time_t>(wait.count() / 1'000'000),
                       static_cast<long>(wait.count() % 1'000'000 * 1000)};
  ::nanosleep(&pause, nullptr);  // this thread is the line's own
}

base::Result<ports::BusReply> ModbusBus::exchange(const ports::BusRequest& request) {
  const auto* block = std::get_if<device::RegisterBlock>(&request.what);
  if (block == nullptr) return base::invalid_argument("only reads so far");
  if (auto opened = open(); !opened) return opened.error();
  auto* modbus = context_->modbus;
  const auto us = request.timeout.count();
  modbus_set_response_timeout(modbus, static_cast<std::uint32_t>(us / 1'000'000),
                              static_cast<std::uint32_t>(us % 1'000'000));
  if (modbus_set_slave(modbus, request.unit) != 0) return to_error(errno);
  keep_gap();
  ports::BusReply reply;
  const int got = read_block(modbus, *block, reply.words);
  const int code = errno;
  reply.at = clock_.boot_now();
  last_activity_ = reply.at;
  if (got == block->count) return reply;
  auto error = got < 0
                   ? to_error(code)
                   : base::Error{base::Errc::protocol, base::Consequence::retry_later, "an answer of another length"};
  if (std::holds_alternative<TcpEndpoint>(where_) ? line_is_lost(code) : error.code == base::Errc::io) {
    close();
  } else if (got < 0) {
    modbus_flush(modbus);  // a late answer must not be taken for the next one
  }
  return error;
}

}  // namespace wayside::bus
