// The functions of the zones along a fibre: one detector (detect/fibre.hpp) that takes whole traces, and what each
// function says of the last one. Places are the metres that the zones carry (label `metre`), which may be uneven; the
// detector counts zones. Home: core, owned by the network.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "rules/detect/fibre.hpp"
#include "rules/features/feature.hpp"
#include "rules/formula.hpp"

namespace wayside::rules {

class FibreTrace final : public Learner {
 public:
  // Requires: refuse_fibre() found nothing.
  FibreTrace(const AggregateSpec& spec, std::vector<double> metres);

  // As FibrePeak::look(): a zone that was not read is NaN, a dead one minus infinity.
  void take(const detect::Instant& when, std::span<const double> zones);
  // What the function says of the last trace; none: nothing.
  [[nodiscard]] std::optional<double> answer(FunctionId function) const;
  // The zone of the peak, or the first dead one.
  [[nodiscard]] std::optional<std::size_t> zone() const;

  void save(base::ByteWriter& out) const override { detector_.save(out); }
  [[nodiscard]] bool load(base::ByteReader& in) override { return detector_.load(in); }
  [[nodiscard]] std::size_t bytes() const;

 private:
  [[nodiscard]] double place(double zone) const;  // in metres, between two zones by proportion
  [[nodiscard]] double gap(double zone) const;    // to the farther neighbour, metres

  std::vector<double> metres_;
  double spacing_;  // from zone to zone on the average
  detect::FibrePeak detector_;
  std::optional<detect::FibreFinding> found_;
  bool looked_ = false;
};

// What is wrong with the constants, or the places of the zones; empty: nothing.
[[nodiscard]] std::string refuse_fibre(const AggregateSpec& spec, std::span<const double> metres);

}  // namespace wayside::rules
