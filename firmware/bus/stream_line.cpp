#include "bus/stream_line.hpp"

namespace wayside::bus {

base::Error line_error(const boost::system::error_code& error) {
  using base::Consequence;
  using base::Errc;
  if (error == boost::asio::error::operation_aborted || error == boost::asio::error::bad_descriptor) {
    return {Errc::closed, Consequence::device_lost, "closed by us"};
  }
  if (error == boost::asio::error::eof) return {Errc::closed, Consequence::device_lost, "closed by the other side"};
  if (error == boost::asio::error::timed_out) {
    return {Errc::timeout, Consequence::device_lost, error.message(), error.value()};
  }
  return {Errc::io, Consequence::device_lost, error.message(), error.value()};
}

}  // namespace wayside::bus
