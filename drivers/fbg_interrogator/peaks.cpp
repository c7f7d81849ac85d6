#include "fbg_interrogator/peaks.hpp"

#include <algorithm>
#include <cmath>

namespace wayside::drivers::fbg {

namespace {

bool is_in(const Window& window, double nm) { return std::abs(nm - window.reference) <= window.half_width; }

// Peaks by window; what lies in none is stray.
struct Sorted {
  std::vector<std::vector<double>> in;
  std::vector<double> strays;
};

Sorted sort_by_window(std::span<const Window> windows, std::span<const double> peaks) {
  Sorted sorted;
  sorted.in.resize(windows.size());
  for (const double nm : peaks) {
    const auto home = std::find_if(windows.begin(), windows.end(), [nm](const Window& w) { return is_in(w, nm); });
    if (home == windows.end()) {
      sorted.strays.push_back(nm);
    } else {
      sorted.in[static_cast<std::size_t>(home - windows.begin())].push_back(nm);
    }
  }
  return sorted;
}

class Assigner {
 public:
  Assigner(std::span<const Window> windows, std::span<const double> peaks, std::span<const std::optional<double>> last)
      : windows_(windows), last_(last), sorted_(sort_by_window(windows, peaks)) {
    result_.sensors.resize(windows.size());
  }

  Assignment run() {
    for (std::size_t i = 0; i < windows_.size(); ++i) settle(i);
    for (std::size_t i = 0; i < windows_.size(); ++i) {
      if (sorted_.in[i].empty()) take_stray(i);
    }
    result_.strays += static_cast<int>(sorted_.strays.size());
    return std::move(result_);
  }

 private:
  bool is_empty(std::size_t i) const { return i < windows_.size() && sorted_.in[i].empty(); }

  // The window of sensor i by itself, and what empty neighbours say about it.
  void settle(std::size_t i) {
    const auto& in = sorted_.in[i];
    if (in.empty()) return;
    const bool below = i > 0 && is_empty(i - 1);
    const bool above = is_empty(i + 1);
    if (in.size() == 1) {
      const bool wandered = (below && may_be_of(i - 1, i, in[0])) || (above && may_be_of(i + 1, i, in[0]));
      result_.sensors[i] = {wandered ? Fit::unsure : Fit::sure, in[0]};
      return;
    }
    // Two in one window and an empty one beside it: the order along the spectrum says whose they are, if they did not
    // pass each other.
    if (in.size() == 2 && below != above) {
      const std::size_t other = below ? i - 1 : i + 1;
      result_.sensors[i] = {Fit::unsure, in[below ? 1 : 0]};
      result_.sensors[other] = {Fit::unsure, in[below ? 0 : 1]};
      return;
    }
    result_.strays += static_cast<int>(in.size());
  }

  // Whether the peak in the window of `own` is nearer to where the missing neighbour was last than to where its own
  // was.
  bool may_be_of(std::size_t neighbour, std::size_t own, double nm) const {
    if (!last_[neighbour]) return false;
    const double own_last = last_[own].value_or(windows_[own].reference);
    return std::abs(nm - *last_[neighbour]) < std::abs(nm - own_last);
  }

  // A peak between the windows is of the sensor beside it that has none, if only one of the two has none.
  void take_stray(std::size_t i) {
    if (result_.sensors[i].fit != Fit::missing) return;
    const double low = i > 0 ? windows_[i - 1].reference : -1;
    const double high = i + 1 < windows_.size() ? windows_[i + 1].reference : 1e9;
    std::vector<std::size_t> mine;
    for (std::size_t k = 0; k < sorted_.strays.size(); ++k) {
      const double nm = sorted_.strays[k];
      if (nm <= low || nm >= high || !is_near(i, nm)) continue;
      const bool above = nm > windows_[i].reference;
      const bool rival = above ? is_empty(i + 1) : i > 0 && is_empty(i - 1);
      if (!rival) mine.push_back(k);
    }
    if (mine.size() != 1) return;
    result_.sensors[i] = {Fit::unsure, sorted_.strays[mine[0]]};
    sorted_.strays.erase(sorted_.strays.begin() + static_cast<std::ptrdiff_t>(mine[0]));
  }

  // At the ends of the spectrum there is no neighbour to hold a sensor: not further than one more half width.
  bool is_near(std::size_t i, double nm) const {
    return std::abs(nm - windows_[i].reference) <= 2 * windows_[i].half_width;
  }

  std::span<const Window> windows_;
  std::span<const std::optional<double>> last_;
  Sorted sorted_;
  Assignment result_;
};

}  // namespace

Assignment assign(std::span<const Window> windows, std::span<const double> peaks,
                  std::span<const std::optional<double>> last) {
  return Assigner(windows, peaks, last).run();
}

std::optional<std::size_t> broken_after(std::span<const bool> there, std::size_t least) {
  std::size_t whole = there.size();
  while (whole > 0 && !there[whole - 1]) --whole;
  return there.size() - whole >= least ? std::optional(whole) : std::nullopt;
}

}  // namespace wayside::drivers::fbg
