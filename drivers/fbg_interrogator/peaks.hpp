// Which peak belongs to which sensor, and where a fibre is broken. Pure functions over values; any thread.
#pragma once

#include <optional>
#include <span>
#include <vector>

namespace wayside::drivers::fbg {

// Where the peak of a sensor may lie: reference +- half_width, nm.
struct Window {
  double reference = 0;
  double half_width = 0;
};

enum class Fit {
  sure,     // one peak in the window, and no neighbour that could have moved there
  unsure,   // it may be a neighbour's peak, or the sensor's own outside its window
  missing,  // none, or one peak where there must be two: nobody can say whose
};

struct Peak {
  Fit fit = Fit::missing;
  double nm = 0;  // not of Fit::missing
};

struct Assignment {
  std::vector<Peak> sensors;  // as many as windows
  int strays = 0;             // peaks that belong to no sensor
};

// Requires: windows ascending by reference and apart; peaks ascending; last as many as windows (what each sensor last
// surely had, none: nothing yet).
[[nodiscard]] Assignment assign(std::span<const Window> windows, std::span<const double> peaks,
                                std::span<const std::optional<double>> last);

// Along the fibre, from the interrogator on: after how many sensors nothing comes back any more. None: no break is
// seen. A break takes away every sensor beyond it, at least `least` of them; one alone may have died by itself.
[[nodiscard]] std::optional<std::size_t> broken_after(std::span<const bool> there, std::size_t least);

}  // namespace wayside::drivers::fbg
