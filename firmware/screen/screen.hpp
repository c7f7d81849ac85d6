// A whole terminal as a page of text: what stands where, and the next key. Only what has changed since the last show()
// is sent, as the terminal of $TERM wants it: also a console of 9600 baud. One at a time, one thread; the terminal is
// put back as it was when the Screen goes.
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>

#include "base/result.hpp"

namespace wayside::screen {

enum class Style : std::uint8_t { plain, good, warning, bad, faint, head, selected };

enum class Key : std::uint8_t {
  none,  // nothing was pressed in time
  letter,
  up,
  down,
  page_up,
  page_down,
  home,
  end,
  enter,
  escape,
  function,  // `number` says which
  resized,
  stop,  // a signal, or the terminal has gone
};

struct Input {
  Key key = Key::none;
  char letter = 0;  // as typed, ASCII
  int number = 0;   // of a function key
};

class Screen {
 public:
  // Errors (Errc::io): standard output is no terminal, or $TERM is not known; the text says what to do.
  [[nodiscard]] static base::Result<std::unique_ptr<Screen>> open();
  virtual ~Screen() = default;

  [[nodiscard]] virtual int rows() const = 0;
  [[nodiscard]] virtual int columns() const = 0;
  // Blocks and braille can be shown.
  [[nodiscard]] virtual bool takes_utf8() const = 0;

  virtual void clear() = 0;
  // Cut at the right edge; outside of the screen nothing happens. UTF-8; control characters become blanks.
  virtual void put(int row, int column, std::string_view text, Style style) = 0;
  virtual void show() = 0;
  // Waits for a key; `stop`: a descriptor that ends the wait when it can be read (Key::stop); negative: none.
  [[nodiscard]] virtual Input wait(int milliseconds, int stop) = 0;
};

}  // namespace wayside::screen
