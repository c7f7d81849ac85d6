// Result<T>: the one way to fail. A value or an Error; nothing throws across a module edge.
// Errc says what went wrong, Consequence what the caller must do about it (no one parses text),
// `what` is a sentence for a person, growing context on its way up. Values; any thread.
#pragma once

#include <boost/system/result.hpp>
#include <string>
#include <string_view>
#include <utility>

namespace wayside::base {

enum class Errc {
  invalid_argument,  // a value out of range or of the wrong shape
  not_found,
  already_exists,
  timeout,          // no answer within the deadline
  io,               // the operating system refused; `detail` is errno
  closed,           // the other side, or we, ended it
  protocol,         // an answer that breaks its protocol
  exception_reply,  // a Modbus exception; `detail` is its code
  corrupt,          // a checksum or structure does not hold
  full,             // a bound was reached
  config,           // a file written by a person is wrong
  denied,
  cancelled,
  internal,
};

enum class Consequence {
  retry_later,  // transient: keep going, try again at the next turn
  skip_point,   // this register cannot be had; the device is alive
  device_lost,  // the device did not answer
  drop_record,  // this one item cannot be used; count it
  fatal,        // this object cannot go on
};

struct Error {
  Errc code = Errc::internal;
  Consequence consequence = Consequence::retry_later;
  std::string what;
  int detail = 0;

  // The same error with context in front: "reading block 4+2 of pump-3: no answer".
  [[nodiscard]] Error in(std::string_view context) const {
    return Error{code, consequence, std::string(context) + ": " + what, detail};
  }
};

// Found by boost::system::result when value() is called on an error: a broken invariant of the caller.
[[noreturn]] void throw_exception_from_error(const Error& error, const boost::source_location& where);

template <class T>
using Result = boost::system::result<T, Error>;

[[nodiscard]] inline Error invalid_argument(std::string what) {
  return Error{Errc::invalid_argument, Consequence::drop_record, std::move(what)};
}

}  // namespace wayside::base
