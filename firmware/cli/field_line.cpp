#include "cli/field_line.hpp"

#include <fmt/format.h>
#include <poll.h>

#include <utility>
#include <variant>

#include "cli/translation.hpp"

#include "bus/blocking_bus.hpp"
#include "bus/line_timing.hpp"

namespace wayside::cli {
namespace {

bus::Rs485 rs485_of(config::Rs485 mode) {
  switch (mode) {
    case config::Rs485::kernel: return bus::Rs485::kernel;
    case config::Rs485::automatic: return bus::Rs485::automatic;
    case config::Rs485::none: break;
  }
  return bus::Rs485::none;
}

std::unique_ptr<bus::BlockingBus> open(const Transport& transport) {
  if (const auto* s = std::get_if<config::SerialSettings>(&transport)) {
    return std::make_unique<bus::BlockingBus>(
        bus::SerialSettings{s->port, s->baud, static_cast<char>(s->parity), s->stop_bits, rs485_of(s->rs485), s->echo});
  }
  const auto& tcp = std::get<config::TcpSettings>(transport);
  const auto framing = tcp.framing == config::TcpFraming::rtu ? bus::Framing::rtu : bus::Framing::mbap;
  return std::make_unique<bus::BlockingBus>(bus::TcpEndpoint{tcp.host, tcp.port}, framing);
}

class OwnLine final : public FieldLine {
 public:
  OwnLine(Transport transport, int stop) : transport_(std::move(transport)), stop_(stop) {}

  base::Result<std::vector<std::uint16_t>> read(std::uint8_t unit, const device::RegisterBlock& block,
                                                std::chrono::microseconds timeout) override {
    if (!bus_) bus_ = open(transport_);
    ports::BusRequest request;
    request.unit = unit;
    request.what = block;
    request.timeout = timeout;
    auto reply = bus_->ask(request, stop_);
    if (!reply) return reply.error();
    return std::move(reply->words);
  }

  [[nodiscard]] bool can_tune() const override { return is_serial(*this); }
  void tune(int baud, config::Parity parity) override {
    auto& serial = std::get<config::SerialSettings>(transport_);
    if (serial.baud == baud && serial.parity == parity) return;
    serial.baud = baud;
    serial.parity = parity;
    bus_.reset();
  }

  [[nodiscard]] const Transport& transport() const override { return transport_; }

 private:
  Transport transport_;
  int stop_;
  std::unique_ptr<bus::BlockingBus> bus_;
};

}  // namespace

std::unique_ptr<FieldLine> own_line(Transport transport, int stop) {
  return std::make_unique<OwnLine>(std::move(transport), stop);
}

bool is_readable(int descriptor) {
  pollfd ready{descriptor, POLLIN, 0};
  return descriptor >= 0 && ::poll(&ready, 1, 0) > 0;
}

// A gateway's word that it has no way to a unit (exception 0A) is no matter of the line.
bool is_of_line(const base::Error& error) {
  constexpr int kNoPath = 0x0A;
  return error.code == base::Errc::io || error.code == base::Errc::already_exists ||
         (error.code == base::Errc::closed && error.detail != kNoPath);
}

bool is_serial(const FieldLine& line) { return std::holds_alternative<config::SerialSettings>(line.transport()); }

std::string text_of(const Transport& transport) {
  if (const auto* serial = std::get_if<config::SerialSettings>(&transport)) {
    return fmt::format("{} {} 8{}{}", serial->port, serial->baud, static_cast<char>(serial->parity), serial->stop_bits);
  }
  const auto& tcp = std::get<config::TcpSettings>(transport);
  return fmt::format("{}:{}{}", tcp.host, tcp.port, tcp.framing == config::TcpFraming::rtu ? tr(" (RTU frames)") : "");
}

std::chrono::microseconds cost_of_silence(const Transport& transport, std::chrono::microseconds timeout) {
  constexpr std::size_t kRequest = 8;  // bytes
  const auto* serial = std::get_if<config::SerialSettings>(&transport);
  if (serial == nullptr) return timeout;
  return timeout + bus::frame_gap(serial->baud) +
         bus::time_on_wire(kRequest, serial->baud, serial->parity != config::Parity::none, serial->stop_bits);
}

}  // namespace wayside::cli
