// What a seasonal baseline keeps of every slot: a few weighted points that stand for all samples of it. A sample is a
// point; when there is no room the two nearest become one at their centre of mass. Coordinates are codes of 16 bits
// (frame.hpp). Home: that of its baseline.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "base/bytes.hpp"
#include "rules/detect/frame.hpp"

namespace wayside::rules::detect {

class SlotPoints {
 public:
  static constexpr unsigned kWeight = 2;      // of one sample
  static constexpr unsigned kForgetAt = 250;  // weight of a slot at which all is halved: 125 samples
  static constexpr std::size_t kMaxPoints = 32;

  SlotPoints(std::size_t slots, std::size_t channels, std::size_t points);

  // One more sample of a slot, in codes within the frame; `weight` 1..255. Distances are measured in `scale` codes.
  void add(std::size_t slot, const std::array<double, 2>& code, const std::array<double, 2>& scale, unsigned weight);
  void halve_codes(std::size_t channel, int times);  // the frame has grown
  void move(std::size_t slot, std::size_t channel, double codes);
  void clear(std::size_t slot);
  void clear();

  // The distance from the slot's median that `inner` of the weight is within; 0 with fewer than two points.
  [[nodiscard]] double spread(std::size_t slot, std::size_t channel, double inner) const;
  [[nodiscard]] double middle(std::size_t slot, std::size_t channel) const;  // the median; 0 without points
  [[nodiscard]] unsigned weight(std::size_t slot) const;

  // Over the points of `slots` slots from `first` on: weight * kernel(distance / width), and weight.
  struct Sums {
    double kernels, weight;
  };
  [[nodiscard]] Sums sum(std::size_t first, std::size_t slots, const std::array<double, 2>& code,
                         const std::array<double, 2>& width) const;

  [[nodiscard]] std::size_t points() const { return points_; }
  [[nodiscard]] unsigned point_weight(std::size_t slot, std::size_t point) const;
  [[nodiscard]] double point_code(std::size_t slot, std::size_t point, std::size_t channel) const;

  void save(base::ByteWriter& out) const;
  bool load(base::ByteReader& in);
  [[nodiscard]] std::size_t bytes() const;

 private:
  struct Pair;
  struct Sorted;
  [[nodiscard]] Sorted sorted(std::size_t slot, std::size_t channel) const;
  [[nodiscard]] Pair nearest(std::size_t slot, const std::array<double, 2>& code,
                             const std::array<double, 2>& scale) const;
  void put(std::size_t index, const std::array<double, 2>& code, unsigned weight);
  void absorb(std::size_t index, const std::array<double, 2>& code, unsigned weight);
  void forget(std::size_t slot);
  [[nodiscard]] std::array<double, 2> at(std::size_t index) const;

  std::size_t slots_;
  std::size_t channels_;
  std::size_t points_;
  std::array<std::vector<std::int16_t>, 2> codes_;  // by slot and point
  std::vector<std::uint8_t> weights_;               // 0: no point
};

}  // namespace wayside::rules::detect
