// ports::Line over a serial port: SerialPort opens it, Asio reads and writes its descriptor. Home: the io_context of
// this line alone, whose thread open() blocks for a moment.
// An adapter that is pulled shows as an error of a read or write (EIO, ENODEV, end of file): the bus closes the line at
// once and opens it again by its path.
#pragma once

#include <boost/asio/posix/stream_descriptor.hpp>
#include <optional>

#include "bus/serial_port.hpp"
#include "bus/stream_line.hpp"

namespace wayside::bus {

class SerialLine final : public StreamLine<boost::asio::posix::stream_descriptor> {
 public:
  SerialLine(SerialSettings settings, boost::asio::io_context& io, const base::Clock& clock);
  ~SerialLine() override;
  void open(base::BootTime deadline, Opened done) override;
  void close() override;
  std::size_t discard() override;

 private:
  [[nodiscard]] base::BootTime leaves_at(base::BootTime now, std::size_t size) const override;
  [[nodiscard]] base::Result<void> open_now();

  SerialSettings settings_;
  std::optional<SerialPort> port_;
};

}  // namespace wayside::bus
