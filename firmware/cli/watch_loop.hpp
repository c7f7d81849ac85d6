// A command again and again: its text is drawn over the one before, and only the lines that differ are sent, so that it
// can be watched over a slow console. Ends with Ctrl-C, leaving the screen as it stands. One thread.
#pragma once

#include <functional>
#include <string>
#include <vector>

namespace wayside::cli {

// Rows of the terminal on standard output; 24 where it does not say.
[[nodiscard]] std::size_t terminal_height();

// What changes the screen from `before` to `after`; the cursor ends below the last line. Pure. Lines have no ends.
// `before` empty: the screen is cleared first.
[[nodiscard]] std::string redraw(const std::vector<std::string>& before, const std::vector<std::string>& after);

// Runs `command`, which prints to standard output, every `seconds` until a signal comes or it fails (its exit status);
// 0 after a signal. Without a terminal the texts follow each other, with an empty line between them.
[[nodiscard]] int watch(double seconds, const std::function<int()>& command);

}  // namespace wayside::cli
