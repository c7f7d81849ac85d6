// Line: the bytes of one serial line or one socket, with deadlines; framing, matching and retries stand above it.
// Home: the bus's Scheduler. Every call is made there and answers there, never inline, exactly once. At most one
// read and one write are under way; close() ends them with Errc::closed. No bytes are copied or allocated for on the
// way: what is written must stay until the write has answered, what was read is the line's own buffer.
#pragma once

#include <string>

#include "base/bytes.hpp"
#include "base/clock.hpp"
#include "base/result.hpp"
#include "base/unique_function.hpp"

namespace wayside::ports {

// Bytes that came together, and when the last of them was seen. Good until the next read() or the callback's end.
struct LineBytes {
  base::ByteView bytes;
  base::BootTime at{};
};

inline constexpr base::BootTime kNoDeadline = base::BootTime::max();

class Line {
 public:
  using Opened = base::UniqueFunction<void(base::Result<void>)>;
  // When the last byte has left (as well as the line can tell).
  using Written = base::UniqueFunction<void(base::Result<base::BootTime>)>;
  using Received = base::UniqueFunction<void(base::Result<LineBytes>)>;

  virtual ~Line() = default;
  // Opens it, or opens it again after close(). Errors: io (not there, refused, `detail` errno), timeout, closed.
  virtual void open(base::BootTime deadline, Opened done) = 0;
  // Errors: io, timeout, closed: the line must then be closed.
  virtual void write(base::ByteView bytes, base::BootTime deadline, Written done) = 0;
  // At least one byte. Errors: timeout (nothing came until the deadline; the line is still good), io, closed.
  // kNoDeadline: as long as it takes.
  virtual void read(base::BootTime deadline, Received done) = 0;
  // Drops what was received and not read yet; how many bytes that were.
  virtual std::size_t discard() = 0;
  virtual void close() = 0;
  [[nodiscard]] virtual bool is_open() const = 0;
  // For people: "/dev/serial/by-id/...", "10.0.0.7:502".
  [[nodiscard]] virtual const std::string& name() const = 0;
};

}  // namespace wayside::ports
