// A leak beside a fibre: a place that departs from its own baseline while its neighbours do not. Each zone has a
// baseline and a noise of its own; what a stretch has in common (weather, drift of the unit) is taken out by the median
// of the zones around; a peak must stand for N of M traces, be narrow, and be the only thing that happens. The fibre
// may also be cut: then nothing beyond the cut says anything. Formula, sources: docs/detectors/fibre.md. Home: core,
// owned by the engine.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "base/bytes.hpp"
#include "rules/detect/detector.hpp"

namespace wayside::rules::detect {

struct FibreSettings {
  std::size_t zones = 0;      // 8..900 in order along the fibre; a longer fibre is several sections
  double spacing_m = 1;       // from zone to zone
  double first_m = 0;         // where the first zone lies
  double resolution_m = 2;    // of the instrument
  double calibration_m = 0;   // how well the fibre's metres are known on the pipe
  double neighbours_m = 100;  // each way, whose median is what a stretch has in common
  double widest_m = 20;       // of a leak
  double least = 0.5;         // departure in the unit of the values (K) below which nothing is said
  double sigmas = 5;          // departure in noises of the zone, likewise
  double common_share = 0.2;  // of the zones at once: not a leak
  double floor = -1e30;       // values at or below it are the noise floor of a dead fibre: no light comes back
  std::uint8_t agree = 3;     // traces of the last `of` in which the peak stood
  std::uint8_t of = 4;        // 1..8
  std::uint32_t horizon_s = 2 * 86400;  // that a baseline goes back
  std::uint8_t learn = 48;              // readings of a zone before anything is said of it
};

[[nodiscard]] bool valid(const FibreSettings& s);

enum class FibreKind : std::uint8_t {
  learning,  // too little is known to say anything, but of a break
  quiet,
  peak,         // narrow and standing: position and uncertainty say where
  wide,         // wider than a leak is
  common_mode,  // too many zones at once
};

struct FibreFinding {
  double score = 0;  // 0..1; 0.5 is `sigmas`, and not more than 0.49 until the peak has stood
  FibreKind kind = FibreKind::quiet;
  double position_m = 0;        // where a score above 0, or something wide, lies
  double uncertainty_m = 0;     // of it; 0: there is no position
  bool above = false;           // the zone is above its baseline (a warm leak)
  std::optional<double> cut_m;  // the fibre is cut there: nothing from there on answers
};

class FibrePeak {
 public:
  // `settings` must be valid().
  explicit FibrePeak(const FibreSettings& settings);

  // One trace. A zone that was not read (now) is NaN; one that is read and dead is at or below the floor, such as minus
  // infinity. None while learning.
  std::optional<FibreFinding> look(const Instant& when, std::span<const double> values);
  // The score, and 1 while the fibre is cut.
  std::optional<double> step(const Instant& when, std::span<const double> values);

  void save(base::ByteWriter& out) const;
  bool load(base::ByteReader& in);
  [[nodiscard]] std::size_t bytes() const;

 private:
  struct Zone {
    float baseline = 0;
    float noise = 0;         // standard deviation
    float rest = 0;          // of this trace, after baseline and common mode; NaN without a reading
    float raw = 0;           // before the common mode
    std::uint8_t stood = 0;  // bit 0: this trace
    std::uint8_t seen = 0;   // readings, as far as 255
    bool stretch = false;    // its departure began as part of a wide stretch: no leak, however little is left of it
  };
  struct Span {
    std::size_t begin, end;
  };

  [[nodiscard]] bool dead(double value) const { return value <= settings_.floor; }
  [[nodiscard]] bool answers(double value) const;
  [[nodiscard]] std::optional<std::size_t> broken(std::span<const double> values);
  void compare(std::span<const double> values);
  [[nodiscard]] float common(std::size_t zone);
  [[nodiscard]] bool unusual(const Zone& zone, float departure) const;
  void mark();
  [[nodiscard]] FibreFinding judge();
  [[nodiscard]] std::optional<Span> strongest() const;
  [[nodiscard]] bool wide(const Span& span) const;
  [[nodiscard]] FibreFinding locate(const Span& span) const;
  void learn(std::span<const double> values, double share, FibreKind kind);
  void learn(Zone& zone, double value, double rate) const;
  [[nodiscard]] bool known(const Zone& zone) const;
  [[nodiscard]] double share_of_horizon(const Instant& when);
  void forget_all();
  [[nodiscard]] std::uint64_t stamp() const;

  FibreSettings settings_;
  std::vector<Zone> zones_;
  std::vector<float> scratch_;
  std::size_t reach_;   // zones each way of the common mode
  std::size_t stride_;  // of which every so many are looked at
  std::uint32_t traces_ = 0;
  std::size_t break_at_ = 0;
  unsigned break_stood_ = 0;
  std::optional<base::BootTime> last_;
};

static_assert(Detector<FibrePeak>);

}  // namespace wayside::rules::detect
