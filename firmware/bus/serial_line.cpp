#include "bus/serial_line.hpp"

#include <fcntl.h>
#include <sys/ioctl.h>
#include <termios.h>

#include "bus/line_timing.hpp"

namespace wayside::bus {

SerialLine::SerialLine(SerialSettings settings, boost::asio::io_context& io, const base::Clock& clock)
    : StreamLine(io, clock, settings.port), settings_(std::move(settings)) {}

// The descriptor is the port's: Asio must let go of it first.
SerialLine::~SerialLine() {
  if (stream_.is_open()) stream_.release();
}

void SerialLine::open(base::BootTime /*deadline*/, Opened done) {
  WAYSIDE_ASSERT(!is_open());
  auto result = open_now();
  boost::asio::post(
      io_, [held = std::make_shared<Opened>(std::move(done)), result = std::move(result)] { (*held)(result); });
}

base::Result<void> SerialLine::open_now() {
  auto port = SerialPort::open(settings_);
  if (!port) return port.error();
  boost::system::error_code error;
  stream_.assign(port->descriptor(), error);
  if (!error) stream_.non_blocking(true, error);
  if (error) {
    if (stream_.is_open()) stream_.release();
    return line_error(error);
  }
  port_.emplace(std::move(*port));
  return {};
}

void SerialLine::close() {
  if (stream_.is_open()) stream_.release();
  StreamLine::close();
  port_.reset();
}

std::size_t SerialLine::discard() {
  if (!is_open()) return 0;
  int waiting = 0;
  const int fd = port_->descriptor();
  if (::ioctl(fd, FIONREAD, &waiting) != 0 || waiting <= 0) return 0;
  ::tcflush(fd, TCIFLUSH);
  return static_cast<std::size_t>(waiting);
}

// The kernel says when it has taken the bytes, not when they have left.
base::BootTime SerialLine::leaves_at(base::BootTime now, std::size_t size) const {
  return now + time_on_wire(size, settings_.baud, settings_.parity != 'N', settings_.stop_bits);
}

}  // namespace wayside::bus
