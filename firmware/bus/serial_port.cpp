#include "bus/serial_port.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <linux/serial.h>
#include <modbus/modbus.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <termios.h>

#include <cerrno>
#include <cstring>

#include "base/log.hpp"

namespace wayside::bus {
namespace {

using base::Consequence;
using base::Errc;

base::Error failed(int code) { return {Errc::io, Consequence::device_lost, modbus_strerror(code), code}; }

// Other programs must not put bytes between ours: TIOCEXCL stops those without privileges, flock those that ask.
base::Result<void> make_exclusive(int fd) {
  ::ioctl(fd, TIOCEXCL);  // a kernel without it: flock is left
  if (::flock(fd, LOCK_EX | LOCK_NB) == 0) return {};
  if (errno != EWOULDBLOCK) return {};
  return base::Error{Errc::already_exists, Consequence::device_lost, "in use by another process", EWOULDBLOCK};
}

void tell_no_rs485(const SerialSettings& settings, int code) {
  if (settings.rs485 == Rs485::automatic) return;
  base::log::warn("bus.rs485", {{"line", settings.port},
                                {"reason", std::strerror(code)},
                                {"hint", "the driver does not turn the direction: the adapter must do it itself"}});
}

void set_rs485(int fd, const SerialSettings& settings) {
  if (settings.rs485 == Rs485::none) return;
  serial_rs485 mode{};
  if (::ioctl(fd, TIOCGRS485, &mode) != 0) return tell_no_rs485(settings, errno);
  mode.flags |= SER_RS485_ENABLED | SER_RS485_RTS_ON_SEND;
  mode.flags &= ~static_cast<unsigned>(SER_RS485_RTS_AFTER_SEND);
  if (settings.echo) {
    mode.flags |= SER_RS485_RX_DURING_TX;
  } else {
    mode.flags &= ~static_cast<unsigned>(SER_RS485_RX_DURING_TX);
  }
  if (::ioctl(fd, TIOCSRS485, &mode) != 0) return tell_no_rs485(settings, errno);
  // Drivers quietly change what they cannot do.
  serial_rs485 now{};
  if (::ioctl(fd, TIOCGRS485, &now) != 0 || (now.flags & SER_RS485_ENABLED) == 0)
    return tell_no_rs485(settings, EINVAL);
  base::log::info(
      "bus.rs485",
      {{"line", settings.port}, {"direction", "by the driver"}, {"echo", (now.flags & SER_RS485_RX_DURING_TX) != 0}});
}

// libmodbus leaves VMIN at 0: an empty line would then look like its end (a read of 0 bytes).
base::Result<void> tell_empty_from_end(int fd) {
  termios mode{};
  if (::tcgetattr(fd, &mode) != 0) return failed(errno);
  mode.c_cc[VMIN] = 1;
  mode.c_cc[VTIME] = 0;
  if (::tcsetattr(fd, TCSANOW, &mode) != 0) return failed(errno);
  return {};
}

// An FTDI chip keeps short answers back for 16 ms otherwise.
void set_low_latency(int fd) {
  serial_struct serial{};
  if (::ioctl(fd, TIOCGSERIAL, &serial) != 0) return;
  serial.flags |= static_cast<int>(ASYNC_LOW_LATENCY);
  ::ioctl(fd, TIOCSSERIAL, &serial);  // not every driver has it
}

}  // namespace

struct SerialPort::Context {
  explicit Context(modbus_t* m) : modbus(m) {}
  Context(const Context&) = delete;
  Context& operator=(const Context&) = delete;
  ~Context() {
    // Someone else may hold the terminal open (a simulator's pty): our exclusive mode must not stay on it.
    if (modbus_get_socket(modbus) >= 0) ::ioctl(modbus_get_socket(modbus), TIOCNXCL);
    modbus_close(modbus);
    modbus_free(modbus);
  }
  modbus_t* modbus;
};

SerialPort::SerialPort(std::unique_ptr<Context> context) : context_(std::move(context)) {}
SerialPort::SerialPort(SerialPort&&) noexcept = default;
SerialPort& SerialPort::operator=(SerialPort&&) noexcept = default;
SerialPort::~SerialPort() = default;

int SerialPort::descriptor() const { return modbus_get_socket(context_->modbus); }

base::Result<SerialPort> SerialPort::open(const SerialSettings& settings) {
  auto* modbus = modbus_new_rtu(settings.port.c_str(), settings.baud, settings.parity, 8, settings.stop_bits);
  if (modbus == nullptr) return failed(errno);
  SerialPort port(std::make_unique<Context>(modbus));
  if (modbus_connect(modbus) != 0) return failed(errno);
  const int fd = port.descriptor();
  if (auto alone = make_exclusive(fd); !alone) return alone.error();
  if (auto good = tell_empty_from_end(fd); !good) return good.error();
  set_rs485(fd, settings);
  set_low_latency(fd);
  return port;
}

}  // namespace wayside::bus
