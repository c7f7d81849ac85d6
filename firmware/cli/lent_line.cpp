// The bus of a gateway that works, lent by its daemon for one read after another.
#include <fmt/format.h>

#include <utility>

#include "cli/field_line.hpp"
#include "cli/quiet.hpp"
#include "cli/translation.hpp"

namespace wayside::cli {
namespace {

namespace v1 = control::v1;
using Words = std::vector<std::uint16_t>;

v1::RegisterKind kind_of(device::RegisterKind kind) {
  switch (kind) {
    case device::RegisterKind::coil: return v1::REGISTER_KIND_COIL;
    case device::RegisterKind::discrete: return v1::REGISTER_KIND_DISCRETE;
    case device::RegisterKind::holding: return v1::REGISTER_KIND_HOLDING;
    case device::RegisterKind::input: return v1::REGISTER_KIND_INPUT;
  }
  return v1::REGISTER_KIND_UNSPECIFIED;
}

Transport transport_of(const v1::BusLine& line) {
  if (!line.port().empty()) {
    config::SerialSettings serial;
    serial.port = line.port();
    serial.baud = static_cast<int>(line.baud());
    if (!line.parity().empty()) serial.parity = static_cast<config::Parity>(line.parity().front());
    serial.stop_bits = static_cast<int>(line.stop_bits());
    return serial;
  }
  config::TcpSettings tcp;
  tcp.host = line.host();
  tcp.port = static_cast<std::uint16_t>(line.tcp_port());
  tcp.framing = line.rtu_frames() ? config::TcpFraming::rtu : config::TcpFraming::modbus;
  return tcp;
}

base::Error error_of(const v1::BusReadResponse& read) {
  switch (read.end()) {
    case v1::BUS_READ_END_SILENT: return {base::Errc::timeout, base::Consequence::device_lost, read.what()};
    case v1::BUS_READ_END_REFUSED:
      return {base::Errc::exception_reply, base::Consequence::skip_point, read.what(),
              static_cast<int>(read.exception())};
    case v1::BUS_READ_END_BROKEN: return {base::Errc::protocol, base::Consequence::retry_later, read.what()};
    default: return {base::Errc::io, base::Consequence::fatal, read.what()};
  }
}

class LentLine final : public FieldLine {
 public:
  LentLine(std::string socket, std::string bus, Transport transport, int stop)
      : socket_(std::move(socket)), bus_(std::move(bus)), transport_(std::move(transport)), stop_(stop) {}

  base::Result<Words> read(std::uint8_t unit, const device::RegisterBlock& block,
                           std::chrono::microseconds timeout) override {
    v1::Request request;
    auto& asked = *request.mutable_bus_read();
    asked.set_bus(bus_);
    asked.set_unit(unit);
    asked.set_kind(kind_of(block.kind));
    asked.set_first(block.first);
    asked.set_count(block.count);
    asked.set_timeout_us(timeout.count());
    std::string why;
    const auto response = ask_quietly(socket_, request, why, stop_);
    if (!response) return no_response(why);
    const auto& read = response->bus_read();
    if (read.end() != v1::BUS_READ_END_READ) return error_of(read);
    if (read.words_size() != block.count) {
      return base::Error{base::Errc::io, base::Consequence::fatal,
                         tr("the daemon's answer has not what was asked for")};
    }
    return Words(read.words().begin(), read.words().end());
  }

  // The line is the gateway's: its speed stays.
  [[nodiscard]] bool can_tune() const override { return false; }
  void tune(int /*baud*/, config::Parity /*parity*/) override {}
  [[nodiscard]] const Transport& transport() const override { return transport_; }

 private:
  base::Error no_response(const std::string& why) const {
    if (is_readable(stop_)) return {base::Errc::cancelled, base::Consequence::fatal, "stopped"};
    return {base::Errc::io, base::Consequence::fatal, why};
  }

  std::string socket_;
  std::string bus_;
  Transport transport_;
  int stop_;
};

}  // namespace

base::Result<std::unique_ptr<FieldLine>> lent_line(const std::string& socket, const std::string& bus, int stop) {
  v1::Request request;
  request.mutable_bus_read()->set_bus(bus);
  std::string why;
  const auto response = ask_quietly(socket, request, why, stop);
  if (!response) return base::invalid_argument(why);
  return std::make_unique<LentLine>(socket, bus, transport_of(response->bus_read().line()), stop);
}

}  // namespace wayside::cli
