#include "screen/screen.hpp"

#include <langinfo.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <clocale>
#include <cstdio>
#include <cstdlib>
#include <string>

#define NCURSES_NOMACROS 1
#include <curses.h>

namespace wayside::screen {
namespace {

constexpr short kDefault = -1;
constexpr int kEscapeDelay = 50;  // ms: a lone Esc, or the beginning of a key's sequence
constexpr int kCtrlC = 3;
constexpr int kEscape = 27;

class Curses final : public Screen {
 public:
  explicit Curses(SCREEN* terminal) : terminal_(terminal) {
    ::cbreak();
    ::noecho();
    ::nonl();
    ::keypad(stdscr, TRUE);
    ::nodelay(stdscr, TRUE);
    ::set_escdelay(kEscapeDelay);
    ::curs_set(0);
    if (::has_colors() && std::getenv("NO_COLOR") == nullptr) {
      ::start_color();
      ::use_default_colors();
      for (const auto& [style, colour] : kColours) ::init_pair(static_cast<short>(style), colour, kDefault);
      coloured_ = true;
    }
    utf8_ = std::string_view(::nl_langinfo(CODESET)) == "UTF-8";
  }
  ~Curses() override {
    ::endwin();
    ::delscreen(terminal_);
  }
  Curses(const Curses&) = delete;
  Curses& operator=(const Curses&) = delete;

  int rows() const override { return getmaxy(stdscr); }
  int columns() const override { return getmaxx(stdscr); }
  bool takes_utf8() const override { return utf8_; }

  // Not clear(): that would have everything sent anew.
  void clear() override { ::erase(); }

  void put(int row, int column, std::string_view text, Style style) override {
    if (row < 0 || row >= rows() || column < 0 || column >= columns()) return;
    std::string clean(text);
    for (auto& c : clean) {
      const auto byte = static_cast<unsigned char>(c);
      if (byte < 0x20 || byte == 0x7F) c = ' ';
    }
    ::attrset(static_cast<int>(attributes(style)));
    ::mvaddnstr(row, column, clean.c_str(), static_cast<int>(clean.size()));
    ::attrset(static_cast<int>(A_NORMAL));
  }

  void show() override { ::refresh(); }

  Input wait(int milliseconds, int stop) override {
    if (const auto waiting = next(); waiting.key != Key::none) return waiting;
    std::array<pollfd, 2> ready{pollfd{STDIN_FILENO, POLLIN, 0}, pollfd{stop, POLLIN, 0}};
    const int count = ::poll(ready.data(), stop >= 0 ? 2 : 1, milliseconds);
    if (count < 0 && errno == EINTR) return next();  // a resize
    if (stop >= 0 && (ready[1].revents & POLLIN) != 0) return {Key::stop};
    if ((ready[0].revents & (POLLHUP | POLLERR)) != 0) return {Key::stop};
    return next();
  }

 private:
  struct Colour {
    Style style;
    short colour;
  };
  static constexpr std::array kColours{Colour{Style::good, COLOR_GREEN}, Colour{Style::warning, COLOR_YELLOW},
                                       Colour{Style::bad, COLOR_RED}};

  attr_t attributes(Style style) const {
    const auto pair = [this](Style s) {
      return coloured_ ? static_cast<attr_t>(COLOR_PAIR(static_cast<int>(s))) : A_NORMAL;
    };
    switch (style) {
      case Style::plain: return A_NORMAL;
      case Style::good: return pair(style);
      case Style::warning: return pair(style);
      case Style::bad: return pair(style) | A_BOLD;
      case Style::faint: return A_DIM;
      case Style::head: return A_REVERSE;
      case Style::selected: return A_REVERSE;
    }
    return A_NORMAL;
  }

  static Input next() {
    const int key = ::getch();
    switch (key) {
      case ERR: return {};
      case KEY_UP: return {Key::up};
      case KEY_DOWN: return {Key::down};
      case KEY_PPAGE: return {Key::page_up};
      case KEY_NPAGE: return {Key::page_down};
      case KEY_HOME: return {Key::home};
      case KEY_END: return {Key::end};
      case KEY_RESIZE: return {Key::resized};
      case KEY_ENTER:
      case '\r':
      case '\n': return {Key::enter};
      case kEscape: return {Key::escape};
      case kCtrlC: return {Key::stop};
      default: break;
    }
    if (key >= KEY_F(1) && key <= KEY_F(12)) return {Key::function, 0, key - KEY_F0};
    if (key >= ' ' && key < 0x7F) return {Key::letter, static_cast<char>(key)};
    return {};
  }

  SCREEN* terminal_;
  bool coloured_ = false;
  bool utf8_ = false;
};

}  // namespace

base::Result<std::unique_ptr<Screen>> Screen::open() {
  const auto refuse = [](std::string what) {
    return base::Error{base::Errc::io, base::Consequence::fatal, std::move(what)};
  };
  if (::isatty(STDOUT_FILENO) == 0 || ::isatty(STDIN_FILENO) == 0) {
    return refuse("this needs a terminal; without one use `wayside status` and `wayside devices`");
  }
  // Only what characters are: numbers and texts stay as they are everywhere.
  std::setlocale(LC_CTYPE, "");
  const char* name = std::getenv("TERM");
  SCREEN* terminal = ::newterm(nullptr, stdout, stdin);
  if (terminal == nullptr) {
    return refuse(std::string("the terminal '") + (name != nullptr ? name : "") +
                  "' is not known here; try TERM=vt100 or TERM=linux");
  }
  return std::unique_ptr<Screen>(std::make_unique<Curses>(terminal));
}

}  // namespace wayside::screen
